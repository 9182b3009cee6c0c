import { Encoder, PacketType, type Packet } from "socket.io-parser";

/**
 * Writes packets as Socket.IO's own encoder does (its protocol, revision 5), for a server that sends no bytes:
 * no packet is searched for any. A frozen value is made into JSON once where it is sent several times in a row,
 * as a message is: in its acknowledgement, to the visitor and to the operators.
 */
export class JsonEncoder extends Encoder {
  #last: object | null = null;
  #json = "";

  override encode(packet: Packet): string[] {
    const { type, nsp, id } = packet;
    const data: unknown = packet.data;
    if ((type !== PacketType.EVENT && type !== PacketType.ACK) || !Array.isArray(data))
      return super.encode(packet).map(String);
    const namespace = nsp === "/" ? "" : `${nsp},`;
    const args = data.map((value: unknown) => this.#jsonOf(value));
    return [`${type}${namespace}${id ?? ""}[${args.join(",")}]`];
  }

  #jsonOf(value: unknown): string {
    if (isShared(value)) return this.#jsonOfShared(value);
    if (isOkReply(value)) return `{"ok":true,"value":${this.#jsonOfShared(value.value)}}`;
    return toJson(value);
  }

  #jsonOfShared(value: object): string {
    if (value !== this.#last) {
      this.#json = toJson(value);
      this.#last = value;
    }
    return this.#json;
  }
}

/** As in an array. */
function toJson(value: unknown): string {
  return value === undefined ? "null" : JSON.stringify(value);
}

/** Frozen: it is the same at the second time. */
function isShared(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.isFrozen(value);
}

/** An `Ack` with such a value, and nothing else. */
function isOkReply(reply: unknown): reply is { ok: true; value: object } {
  if (typeof reply !== "object" || reply === null) return false;
  if (!("ok" in reply && reply.ok === true && "value" in reply && isShared(reply.value)))
    return false;
  const names = Object.keys(reply);
  return names.length === 2 && names[0] === "ok";
}
