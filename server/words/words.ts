import type { ConsentAction } from "../consent/consent-store.js";
import type { Purpose } from "../../shared/consent.js";
import type { RequestState, RequestType } from "../../shared/privacy.js";

/** A page's title, its lines and, where there is one, its button. */
interface PageWords {
  title: string;
  text: string;
  button: string;
}
type ShownWords = Omit<PageWords, "button">;

/** A mail without a button has only these. */
interface MailWords {
  subject: string;
  text: string;
}

/**
 * Everything that the public pages and the mails say, in one language. `{name}` is filled in.
 * Numbers, days and dates are written by `Intl`.
 */
export interface Words {
  /** BCP 47. */
  language: string;
  direction: "ltr" | "rtl";
  /** The page of somebody's rights. */
  me: {
    title: string;
    heading: string;
    closesSoon: string;
    controllerHeading: string;
    controllerMissing: string;
    controller: string;
    postalAddress: string;
    email: string;
    policyLink: string;
    changeHeading: string;
    change: string;
    objectToPolicy: string;
    keptHeading: string;
    what: string;
    whatFor: string;
    howMuch: string;
    howLong: string;
    profile: string;
    messages: string;
    photos: string;
    photoDetails: string;
    pages: string;
    answers: string;
    requests: string;
    subscription: string;
    toAnswer: string;
    toReport: string;
    toCount: string;
    asEvidence: string;
    asHonoured: string;
    toMailNews: string;
    none: string;
    seeExport: string;
    asConversation: string;
    afterLast: string;
    photoPeriod: string;
    afterEnd: string;
    untilEnded: string;
    recipientsHeading: string;
    nobody: string;
    copyHeading: string;
    copyText: string;
    download: string;
    correctHeading: string;
    name: string;
    address: string;
    save: string;
    forbidHeading: string;
    forbidText: string;
    forbid: string;
    forbidAndRemove: string;
    eraseHeading: string;
    eraseWhat: string;
    eraseAll: string;
    eraseChat: string;
    eraseImages: string;
    eraseAddress: string;
    sure: string;
    erase: string;
    askHeading: string;
    about: string;
    yourWords: string;
    send: string;
    answeredWithin: string;
    complain: string;
    authority: string;
    you: string;
    answerLine: string;
    nothingAllowed: string;
    requestLine: string;
    close: string;
  };
  purposes: Record<Purpose, string>;
  acts: Record<ConsentAction, string>;
  requestTypes: Record<RequestType, string>;
  requestStates: Record<RequestState, string>;
  done: Record<"correct" | "restrict" | "object" | "erase" | "ask", string>;
  start: { text: string; byMail: string; byMailText: string; sendLink: string };
  linkSent: ShownWords;
  openMine: string;
  over: ShownWords;
  erased: ShownWords;
  parent: {
    title: string;
    text: string;
    delete: string;
    keep: string;
    kept: string;
    deleted: string;
  };
  policy: {
    title: string;
    version: string;
    since: string;
    missing: string;
    recipients: string;
    earlier: string;
    yourRights: string;
    /** Announced before the business passes to somebody else. */
    transfer: string;
    /** The built-in policy: what Porchlight does by itself; paragraphs parted by empty lines. */
    builtIn: string;
  };
  links: {
    askStop: PageWords;
    stopped: ShownWords;
    askConfirm: PageWords;
    confirmed: ShownWords;
    used: ShownWords;
    unknown: ShownWords;
    notSaved: PageWords;
    footer: string;
    yourData: string;
  };
  mails: {
    confirm: MailWords & { button: string; because: string };
    link: MailWords & { button: string };
    parent: MailWords & { button: string };
    policy: MailWords;
    transfer: MailWords;
    recipient: MailWords;
    remind: MailWords & { overdue: string };
    because: string;
    /** Where the news was asked for, when the page is not known. */
    thisSite: string;
    stop: string;
  };
}

/** Fills `{name}` parts in. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
