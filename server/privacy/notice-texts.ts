import type { NoticeText } from "./policy-store.js";

/**
 * The words of policy version 1: what a site's notice says before the site publishes a policy of
 * its own. Three lines, both answers named, nothing assumed.
 */
export const builtInNotices: Record<string, NoticeText> = {
  en: {
    title: "May we count your page views?",
    text: "It shows us which pages help. Kept for 30 days without your address; nothing goes to others. The chat works either way.",
  },
  de: {
    title: "Dürfen wir Ihre Seitenaufrufe zählen?",
    text: "Das zeigt uns, welche Seiten helfen. 30 Tage lang gespeichert, ohne Ihre Adresse; nichts geht an andere. Der Chat funktioniert in jedem Fall.",
  },
  es: {
    title: "¿Podemos contar las páginas que abre?",
    text: "Así vemos qué páginas ayudan. Se guarda 30 días sin su dirección; nada llega a terceros. El chat funciona en cualquier caso.",
  },
  fr: {
    title: "Pouvons-nous compter les pages vues ?",
    text: "Cela nous montre quelles pages aident. Gardé 30 jours sans votre adresse ; rien ne va à des tiers. La discussion fonctionne dans tous les cas.",
  },
  ar: {
    title: "هل يمكننا عدّ الصفحات التي تفتحها؟",
    text: "يبيّن لنا ذلك أي الصفحات تفيد. نحتفظ به 30 يومًا دون عنوانك، ولا يذهب شيء إلى غيرنا. تعمل المحادثة في كلتا الحالتين.",
  },
};

/** The built-in policy: what Porchlight does by itself, for sites that have not published theirs. */
export const builtInPolicy = `We keep what you write to us, and the photos you send, so that we can answer. A conversation is kept for 12 months after its last message, then it is deleted.

The chat keeps one cookie in your browser so that your conversation is still there on the next page. It goes when you close the browser, unless you asked us to remember your settings.

We record the pages you open here only if you allowed it, without your address on the network, and for 30 days. If your browser sends Global Privacy Control or Do Not Track, we take that as a no.

Photos are made smaller and lose their place and camera details before anything is stored. The original is deleted after two hours.

Nothing is sold, and nothing is sent to other companies. You can see, correct, export and erase what is kept about you, object to its use, and complain to your data protection authority.`;
