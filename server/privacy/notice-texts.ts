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
