import {
  consentMethods,
  type Choices,
  type ConsentState,
  type Signals,
} from "../../shared/consent.js";
import type { Attachment, PanelNotice, PanelSite, Rendition } from "../../shared/wire.js";

/**
 * Answers of the server, read field by field. A schema library would weigh more than the panel's
 * whole state, so the few shapes that come by HTTP are read by hand. What does not fit throws.
 */
type Fields = Record<string, unknown>;

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null) throw new TypeError("not an object");
  return Object.fromEntries(Object.entries(value));
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("not a text");
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== "number") throw new TypeError("not a number");
  return value;
}

export function parsePanelSite(value: unknown): PanelSite {
  const site = fieldsOf(value);
  const controller = site["controller"] === null ? null : fieldsOf(site["controller"]);
  return {
    name: textOf(site["name"]),
    color: textOf(site["color"]),
    language: textOf(site["language"]),
    greeting: textOf(site["greeting"]),
    notice: parseNotice(site["notice"]),
    news: site["news"] === true,
    usage: site["usage"] === true,
    controller: controller && {
      name: textOf(controller["name"]),
      postalAddress: textOf(controller["postalAddress"]),
      email: textOf(controller["email"]),
    },
    uploadBytes: numberOf(site["uploadBytes"]),
    messageText: numberOf(site["messageText"]),
    originalHours: numberOf(site["originalHours"]),
  };
}

function parseNotice(value: unknown): PanelNotice {
  const notice = fieldsOf(value);
  const place = notice["place"];
  const age = notice["age"] ? fieldsOf(notice["age"]) : null;
  const upcoming = notice["upcoming"] ? fieldsOf(notice["upcoming"]) : null;
  return {
    place: place === "page" || place === "none" ? place : "panel",
    policyVersion: numberOf(notice["policyVersion"]),
    title: textOf(notice["title"]),
    text: textOf(notice["text"]),
    policyUrl: textOf(notice["policyUrl"]),
    textHash: textOf(notice["textHash"]),
    age: age && { min: numberOf(age["min"]) },
    upcoming: upcoming && {
      policyVersion: numberOf(upcoming["policyVersion"]),
      effectiveAt: numberOf(upcoming["effectiveAt"]),
      changes: textOf(upcoming["changes"]),
    },
    signals: parseSignals(notice["signals"]),
  };
}

function parseSignals(value: unknown): Signals {
  const signals = fieldsOf(value ?? {});
  return { gpc: signals["gpc"] === true, dnt: signals["dnt"] === true };
}

/** `{ consent: ConsentState | null }` */
export function parseConsent(value: unknown): ConsentState | null {
  const answer = fieldsOf(value);
  if (answer["consent"] === null || answer["consent"] === undefined) return null;
  const consent = fieldsOf(answer["consent"]);
  const method = consentMethods.find((one) => one === consent["method"]);
  if (method === undefined) throw new TypeError("not a method");
  return {
    choices: parseChoices(consent["choices"]),
    policyVersion: numberOf(consent["policyVersion"]),
    method,
    at: numberOf(consent["at"]),
    signals: parseSignals(consent["signals"]),
    ofAge: consent["ofAge"] === true,
  };
}

/** Only `true` is a yes. */
export function parseChoices(value: unknown): Choices {
  const choices = typeof value === "object" && value !== null ? fieldsOf(value) : {};
  return {
    preferences: choices["preferences"] === true,
    analytics: choices["analytics"] === true,
    marketing: choices["marketing"] === true,
    mail_tracking: choices["mail_tracking"] === true,
  };
}

export function parseTicket(value: unknown): string {
  return textOf(fieldsOf(value)["ticket"]);
}

export function parseAttachment(value: unknown): Attachment {
  const attachment = fieldsOf(value);
  const renditions = attachment["renditions"];
  return {
    id: textOf(attachment["id"]),
    width: numberOf(attachment["width"]),
    height: numberOf(attachment["height"]),
    placeholder: textOf(attachment["placeholder"]),
    bytesIn: numberOf(attachment["bytesIn"]),
    bytesOut: numberOf(attachment["bytesOut"]),
    locationRemoved: attachment["locationRemoved"] === true,
    altText: textOf(attachment["altText"]),
    renditions: Array.isArray(renditions) ? renditions.map(parseRendition) : [],
  };
}

function parseRendition(value: unknown): Rendition {
  const rendition = fieldsOf(value);
  return {
    name: rendition["name"] === "full" ? "full" : "preview",
    url: textOf(rendition["url"]),
    width: numberOf(rendition["width"]),
    height: numberOf(rendition["height"]),
    bytes: numberOf(rendition["bytes"]),
    mime: textOf(rendition["mime"]),
  };
}
