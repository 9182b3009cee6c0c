/** What the tabs of one visitor tell each other. Nothing is stored by it, unlike a storage event. */
export type TabNews = "token" | "consent" | "forgotten" | "read";

export interface TabChannel {
  tell: (news: TabNews) => void;
  close: () => void;
}

export function openTabChannel(key: string, hear: (news: TabNews) => void): TabChannel {
  if (typeof BroadcastChannel === "undefined") return { tell: () => {}, close: () => {} };
  const channel = new BroadcastChannel(`porchlight:${key}`);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data === "token" || data === "consent" || data === "forgotten" || data === "read")
      hear(data);
  };
  return { tell: (news) => channel.postMessage(news), close: () => channel.close() };
}
