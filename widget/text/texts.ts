/**
 * Everything the panel says. `{name}` is filled in; a counted text has the forms that
 * `Intl.PluralRules` names for its language, `other` always among them.
 */
export interface Texts {
  // header
  hereNow: string;
  notHere: string;
  connecting: string;
  noConnection: string;
  menu: string;
  close: string;
  openChat: string;
  unread: Counted;
  back: string;
  // conversation
  conversation: string;
  support: string;
  today: string;
  yesterday: string;
  /** `{state}` follows the time: "10:03. Sent" */
  sending: string;
  sent: string;
  read: string;
  notSent: string;
  tryAgain: string;
  remove: string;
  sendWithout: string;
  sendingPhoto: string;
  typing: string;
  earlier: string;
  photo: string;
  photoFrom: string;
  openPhoto: string;
  photoGone: string;
  newMessage: string;
  jumpDown: string;
  closed: string;
  // composer
  write: string;
  send: string;
  attach: string;
  /** Counts the hours for which the site keeps an original. */
  attachHint: Counted;
  describePhoto: string;
  removePhoto: string;
  cancelPhoto: string;
  dropHere: string;
  tooLong: string;
  charactersLeft: Counted;
  tooBig: string;
  emptyFile: string;
  tooManyPhotos: string;
  notAPhoto: string;
  waitsForConnection: string;
  // consent
  allow: string;
  refuse: string;
  choose: string;
  save: string;
  necessary: string;
  necessaryHint: string;
  preferences: string;
  preferencesHint: string;
  analytics: string;
  analyticsHint: string;
  mailTracking: string;
  mailTrackingHint: string;
  usage: string;
  usageHint: string;
  gpcSeen: string;
  dntSeen: string;
  signalSeenAsk: string;
  policyLink: string;
  policyChanged: string;
  policyUpcoming: string;
  consentFailed: string;
  consentRefused: string;
  consentSaved: string;
  ageQuestion: string;
  ageYes: string;
  ageNo: string;
  ageRefused: string;
  // menu
  yourDetails: string;
  privacy: string;
  news: string;
  language: string;
  siteLanguage: string;
  forget: string;
  forgetHint: string;
  forgetYes: string;
  forgotten: string;
  keep: string;
  yourData: string;
  yourDataFailed: string;
  storeNothing: string;
  storeNothingHint: string;
  endsWithPage: string;
  languageForPage: string;
  // details and news
  name: string;
  email: string;
  optional: string;
  detailsHint: string;
  detailsSaved: string;
  newsBox: string;
  newsHint: string;
  newsButton: string;
  newsSent: string;
  newsUntick: string;
  emailWrong: string;
  // viewer
  zoomIn: string;
  zoomOut: string;
  viewerHint: string;
  // obstacles
  originRefused: string;
  unknownSite: string;
  filePage: string;
  outdated: string;
  siteFailed: string;
  // refusals
  tooOften: string;
  nothingKept: string;
  notTaken: string;
  failure: Record<
    | "TEXT_TOO_LONG"
    | "PAYLOAD_TOO_LARGE"
    | "IMAGE_UNSUPPORTED"
    | "IMAGE_TOO_LARGE"
    | "IMAGE_DAMAGED"
    | "HEIC_UNSUPPORTED"
    | "RATE_LIMITED"
    | "CONSENT_REFUSED"
    | "CUT",
    string
  >;
}

export type Counted = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

export const english: Texts = {
  hereNow: "Here now",
  notHere: "Away. Answers come later",
  connecting: "Connecting",
  noConnection: "No connection",
  menu: "Menu",
  close: "Close",
  openChat: "Chat with us",
  unread: { one: "{count} unread message", other: "{count} unread messages" },
  back: "Back",
  conversation: "Conversation",
  support: "Support",
  today: "Today",
  yesterday: "Yesterday",
  sending: "Sending",
  sent: "Sent",
  read: "Read",
  notSent: "Not sent.",
  tryAgain: "Try again",
  remove: "Remove",
  sendWithout: "Send without it",
  sendingPhoto: "Sending photo, {percent}",
  typing: "{name} is typing",
  earlier: "Show earlier messages",
  photo: "Photo",
  photoFrom: "Photo from {name}",
  openPhoto: "Open photo",
  photoGone: "This photo is no longer kept.",
  newMessage: "{name} wrote: {text}",
  jumpDown: "Go to the newest message",
  closed: "This conversation was closed. Write to open it again.",
  write: "Write a message",
  send: "Send",
  attach: "Attach a photo",
  attachHint: {
    one: "Photos are made small and their location is removed. Originals are deleted after an hour.",
    other:
      "Photos are made small and their location is removed. Originals are deleted after {count} hours.",
  },
  describePhoto: "Describe the photo",
  removePhoto: "Remove photo",
  cancelPhoto: "Cancel the photo",
  dropHere: "Drop photos here",
  tooLong: "This text has {length} characters; the limit is {limit}.",
  charactersLeft: { one: "{count} character left", other: "{count} characters left" },
  tooBig: "{name} is {size}; the limit is {limit}.",
  emptyFile: "{name} is an empty file.",
  tooManyPhotos: "A message holds {limit} photos.",
  notAPhoto: "{name} is not a photo that can be sent. JPEG, PNG, WebP, GIF and AVIF can.",
  waitsForConnection: "No connection. Your text is kept and sent when it is back.",
  allow: "Allow",
  refuse: "Refuse",
  choose: "Choose",
  save: "Save",
  necessary: "The chat itself",
  necessaryHint: "Your messages, and one cookie that lasts until you close the browser. Always on.",
  preferences: "Remember this chat",
  preferencesHint: "Keeps your chat and your choices on this device for 180 days.",
  analytics: "Count my page views",
  analyticsHint: "A random number, pages and time on them. No address, nothing goes to others.",
  mailTracking: "Note when I open news",
  mailTrackingHint: "Only for mail you asked for.",
  usage: "Count buttons and errors of this chat",
  usageHint: "Numbers without any id. Nothing goes to others.",
  gpcSeen: "Your browser asks not to be tracked (Global Privacy Control). Nothing is counted.",
  dntSeen: "Your browser asks not to be tracked (Do Not Track). Nothing is counted.",
  signalSeenAsk: "You can still allow it here.",
  policyLink: "Privacy policy",
  policyChanged: "The policy has changed, so the question is new.",
  policyUpcoming: "From {date}: {changes}",
  consentFailed: "Not saved: no connection. Nothing is counted.",
  consentRefused: "Not saved: the site's rules do not allow it.",
  consentSaved: "Saved",
  ageQuestion: "Are you {age} or older?",
  ageYes: "Yes",
  ageNo: "No",
  ageRefused: "This chat is for people of {age} and older. Nothing was stored.",
  yourDetails: "Your name and address",
  privacy: "Privacy",
  news: "News by e-mail",
  language: "Language",
  siteLanguage: "As the site",
  forget: "Forget this device",
  forgetHint: "Ends this chat here and removes its cookies. The conversation stays with {site}.",
  forgetYes: "Forget",
  forgotten: "Nothing of this chat is left on this device.",
  keep: "Keep",
  yourData: "See, correct or erase your data",
  yourDataFailed: "The page did not open: no connection.",
  storeNothing: "Store nothing on this device",
  storeNothingHint: "The chat still works; it ends with this page.",
  endsWithPage: "Nothing is stored in this browser: the chat ends with this page.",
  languageForPage: "Kept for this page. With “Remember this chat” it is kept longer.",
  name: "Name",
  email: "E-mail",
  optional: "optional",
  detailsHint: "So that we know what to call you, and where to answer when you have left.",
  detailsSaved: "Saved",
  newsBox: "Send me news by e-mail",
  newsHint:
    "You get one message with a link. Only after you open it, news comes. Stop at any time.",
  newsButton: "Subscribe",
  newsSent: "Look into your mail: one link there confirms it.",
  newsUntick: "Tick the box to subscribe.",
  emailWrong: "This is not a mail address.",
  zoomIn: "Larger",
  zoomOut: "Smaller",
  viewerHint: "Plus and minus change the size, arrow keys move the photo, Escape closes.",
  originRefused: "The chat is not set up for this page yet.",
  unknownSite: "There is no chat under this key.",
  filePage: "This page is opened as a file. Put it on a web server to try the chat.",
  outdated: "The chat was renewed. Reload the page to go on. Your text is kept until then.",
  siteFailed: "The chat did not load.",
  tooOften: "Too many tries. Wait a moment.",
  nothingKept: "Nothing is kept about you yet.",
  notTaken: "That was not taken. Try again later.",
  failure: {
    TEXT_TOO_LONG: "The text is too long.",
    PAYLOAD_TOO_LARGE: "The photo is too large.",
    IMAGE_UNSUPPORTED: "This is no photo that can be sent. JPEG, PNG, WebP, GIF and AVIF can.",
    IMAGE_TOO_LARGE: "The photo has too many pixels.",
    IMAGE_DAMAGED: "The photo's file is damaged.",
    HEIC_UNSUPPORTED: "HEIC cannot be read here. Send it as a JPEG.",
    RATE_LIMITED: "Too many at once. It is sent in a moment.",
    CONSENT_REFUSED: "It is not allowed now.",
    CUT: "The connection broke while it was on its way.",
  },
};

/** Fills `{name}` parts in. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
