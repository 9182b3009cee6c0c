/** Sizes both sides check; the server's word is final. It says where its settings differ. */
export const limits = {
  /** Characters (UTF-16 code units) of a message's text, unless MAX_MESSAGE_TEXT says otherwise. */
  messageText: 4_000,
  /** Photos in one message. */
  messageAttachments: 10,
  /** Bytes of one uploaded photo, unless MAX_UPLOAD_MB says otherwise. */
  uploadBytes: 25 * 1024 * 1024,
  /** Characters of a visitor's or operator's name. */
  name: 80,
  /** Characters of a mail address (RFC 5321, section 4.5.3.1.3: a path of 256 octets with its brackets). */
  email: 254,
  /** Characters of a description of a photo. */
  altText: 500,
  /** Characters of a file's name that are kept. */
  fileName: 200,
  /** Messages in one page of history. */
  pageSize: 50,
  /** Rows in one page of the inbox. */
  inboxPageSize: 50,
  /** Characters of a password; the upper bound keeps argon2id from being fed megabytes. */
  passwordMin: 10,
  passwordMax: 200,
  /** Characters of a mailing's subject and text. */
  campaignSubject: 200,
  campaignText: 20_000,
  /** Exact origins a site may list. */
  siteOrigins: 50,
} as const;
