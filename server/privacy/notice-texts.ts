import type { NoticeText } from "./policy-store.js";

/**
 * The words of policy version 1: what a site's notice says before the site publishes a policy of
 * its own. Three lines, both answers named, nothing assumed.
 */
export const builtInNotices: Record<string, NoticeText> = {
  en: {
    title: "May we count visits?",
    text: "The chat works either way and needs no answer. If you allow it, we remember the pages you open here for 30 days to see which help, and keep your settings. Nothing goes to anybody else, and you can change your mind here at any time.",
  },
  de: {
    title: "Dürfen wir Besuche zählen?",
    text: "Der Chat funktioniert in jedem Fall, auch ohne Antwort. Wenn Sie es erlauben, merken wir uns 30 Tage lang, welche Seiten Sie hier öffnen, um zu sehen, welche helfen, und behalten Ihre Einstellungen. Nichts davon geht an andere, und Sie können Ihre Meinung hier jederzeit ändern.",
  },
  es: {
    title: "¿Podemos contar las visitas?",
    text: "El chat funciona en cualquier caso y no necesita respuesta. Si lo permite, recordamos durante 30 días las páginas que abre aquí, para ver cuáles ayudan, y guardamos sus ajustes. Nada llega a terceros, y puede cambiar de opinión aquí en cualquier momento.",
  },
  fr: {
    title: "Pouvons-nous compter les visites ?",
    text: "La discussion fonctionne dans tous les cas, sans réponse de votre part. Si vous l'acceptez, nous gardons pendant 30 jours les pages que vous ouvrez ici, pour voir lesquelles aident, ainsi que vos réglages. Rien n'est transmis à des tiers, et vous pouvez changer d'avis ici à tout moment.",
  },
};

/** The built-in policy: what Porchlight does by itself, for sites that have not published theirs. */
export const builtInPolicy = `We keep what you write to us, and the photos you send, so that we can answer. A conversation is kept for 12 months after its last message, then it is deleted.

The chat keeps one cookie in your browser so that your conversation is still there on the next page. It goes when you close the browser, unless you asked us to remember your settings.

We record the pages you open here only if you allowed it, without your address on the network, and for 30 days. If your browser sends Global Privacy Control or Do Not Track, we take that as a no.

Photos are made smaller and lose their place and camera details before anything is stored. The original is deleted after two hours.

Nothing is sold, and nothing is sent to other companies. You can see, correct, export and erase what is kept about you, object to its use, and complain to your data protection authority.`;
