import { randomBytes } from "node:crypto";
import type { Log } from "../infra/log.js";
import type { SharedCommands } from "../infra/redis.js";
import { createLocalPresence, type Presence, type PresenceDeps } from "./presence.js";

interface Deps extends PresenceDeps {
  commands: SharedCommands;
  /** Calls back when Redis answers again. */
  onReturn(listener: () => void): void;
  log: Log;
}

const NODES = "porchlight:nodes";
const aliveKey = (node: string) => `porchlight:alive:${node}`;
const hereKey = (node: string) => `porchlight:here:${node}`;

/** A node says so often that it lives, and is dead when it has not for `ALIVE_MS`: 11 s at most. */
const BEAT_MS = 2000;
const ALIVE_MS = 9000;
/** A set that nobody keeps goes by itself. */
const KEPT_MS = 60_000;
/** Comings and goings within this go to Redis together. */
const GATHER_MS = 20;

/**
 * Presence across nodes: each writes who is here into a set of its own, all read the sets of those
 * that live. Time is Redis' time, so nodes' clocks do not matter. While Redis is away a node knows
 * its own people only.
 */
export function createSharedPresence(deps: Deps): Presence {
  const node = randomBytes(9).toString("base64url");
  const { commands } = deps;
  let others: string[] = [];
  /** What this node's screens were told of a site's operators, for sites that somebody asked about. */
  const told = new Map<string, boolean>();
  let changes = new Map<string, boolean>();
  let gathering: NodeJS.Timeout | null = null;
  let beating = false;

  const local = createLocalPresence({
    graceMs: deps.graceMs,
    operatorsChanged(site, online) {
      note(`o:${site}`, online);
      void lookAt(site);
    },
    visitorChanged(site, visitorId, online) {
      note(`v:${site}:${visitorId}`, online);
      deps.visitorChanged(site, visitorId, online);
    },
  });

  function note(member: string, here: boolean): void {
    changes.set(member, here);
    gathering ??= setTimeout(() => {
      gathering = null;
      void attempt(writeChanges());
    }, GATHER_MS);
  }

  async function writeChanges(): Promise<void> {
    const [come, gone] = [true, false].map((wanted) =>
      [...changes].filter(([, here]) => here === wanted).map(([member]) => member),
    );
    changes = new Map();
    if (come !== undefined && come.length > 0) await commands.addMembers(hereKey(node), come);
    if (gone !== undefined && gone.length > 0) await commands.removeMembers(hereKey(node), gone);
  }

  /** What Redis cannot say now is read again at the next beat. */
  async function attempt(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      deps.log.debug({ err: error }, "presence is this node's own for now");
    }
  }

  async function onOthers(members: string[]): Promise<boolean[]> {
    const here = members.map(() => false);
    if (members.length === 0) return here;
    try {
      const answers = await Promise.all(
        others.map((other) => commands.areMembers(hereKey(other), members)),
      );
      return here.map((_, at) => answers.some((answer) => answer[at] === true));
    } catch {
      return here;
    }
  }

  async function operatorsOnline(site: string): Promise<boolean> {
    const online =
      (await local.operatorsOnline(site)) || (await onOthers([`o:${site}`]))[0] === true;
    if (!told.has(site)) told.set(site, online);
    return online;
  }

  async function lookAt(site: string): Promise<void> {
    const before = told.get(site) ?? false;
    const online = await operatorsOnline(site);
    told.set(site, online);
    if (online !== before) deps.operatorsChanged(site, online);
  }

  async function beat(): Promise<void> {
    await commands.hold(aliveKey(node), ALIVE_MS);
    await commands.addMembers(NODES, [node]);
    await commands.keep(hereKey(node), KEPT_MS);
    const nodes = (await commands.members(NODES)).filter((one) => one !== node);
    const alive = nodes.length === 0 ? [] : await commands.areThere(nodes.map(aliveKey));
    others = nodes.filter((_, at) => alive[at] === true);
    for (const dead of nodes.filter((_, at) => alive[at] !== true)) await bury(dead);
    for (const site of told.keys()) await lookAt(site);
  }

  /** One of the living takes a dead node's people off the screens. */
  async function bury(dead: string): Promise<void> {
    if ((await commands.removeMembers(NODES, [dead])) === 0) return;
    const left = await commands.members(hereKey(dead));
    await commands.remove(hereKey(dead));
    for (const member of left) {
      const [kind, site, visitorId] = member.split(":");
      if (kind === "v" && site !== undefined && visitorId !== undefined)
        deps.visitorChanged(site, visitorId, false);
    }
    deps.log.warn({ people: left.length }, "a node died");
  }

  async function tick(): Promise<void> {
    if (beating) return;
    beating = true;
    await attempt(beat());
    beating = false;
  }

  /** A Redis that came back may have forgotten everything. */
  deps.onReturn(() => {
    for (const member of local.everybody()) changes.set(member, true);
    void attempt(writeChanges()).then(tick);
  });
  const timer = setInterval(() => void tick(), BEAT_MS);
  void tick();

  return {
    ...local,
    operatorsOnline,
    async onlineVisitors(site, visitorIds) {
      const mine = await local.onlineVisitors(site, visitorIds);
      const asked = visitorIds.filter((id) => !mine.has(id));
      const elsewhere = await onOthers(asked.map((id) => `v:${site}:${id}`));
      return new Set([...mine, ...asked.filter((_, at) => elsewhere[at] === true)]);
    },
    async stop() {
      clearInterval(timer);
      if (gathering !== null) clearTimeout(gathering);
      await local.stop();
      // Found dead at the next beat of the others, who then clear up.
      await attempt(commands.remove(aliveKey(node)));
    },
  };
}
