import Bowser from "bowser";

/** Families only: no version, no model (JIVO-06). */
export interface DeviceFacts {
  browser: string;
  os: string;
  device: string;
}

const unknown: DeviceFacts = { browser: "", os: "", device: "" };
const remembered = new Map<string, DeviceFacts>();
const rememberMost = 2_000;
/** Longer ones are no browser's. */
const longest = 1_000;

/** Browser and system family and device class of a `User-Agent`; empty words where they are not known. */
export function deviceFacts(userAgent: string): DeviceFacts {
  if (userAgent === "" || userAgent.length > longest) return unknown;
  const known = remembered.get(userAgent);
  if (known !== undefined) return known;
  const { browser, os, platform } = Bowser.parse(userAgent);
  const facts = {
    browser: browser.name ?? "",
    os: os.name ?? "",
    device: platform.type ?? "",
  };
  if (remembered.size >= rememberMost) remembered.clear();
  remembered.set(userAgent, facts);
  return facts;
}
