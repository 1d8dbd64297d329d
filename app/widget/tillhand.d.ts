// Tillhand on a shop's page: what `window.Tillhand` takes and tells. The guide's page about it is made from this file, and every
// example below is run by a test.

/** What the script tag's attributes say (`data-position="left"`), or a call of `boot`. */
export interface BootOptions {
  /** The employee's widget key, from the Install page. */
  key?: string;
  /** The corner the widget stands in. */
  position?: "right" | "left";
  /** Colours; left out, they follow the visitor's system. */
  theme?: "light" | "dark";
  /** Language of the panel; left out, the visitor's browser decides. */
  language?: string;
  /** `inline` puts the panel into an element of your page, always open and without a launcher. */
  mode?: "inline";
  /** Where an inline panel stands: a CSS selector. */
  target?: string;
  /** `off` shows no invitation beside the launcher. */
  teaser?: "off";
  /** `granted` lets the widget remember the visitor from page to page. Left out, it forgets with the page. */
  consent?: "granted";
}

/** Values of at most 200 characters, 20 of them at once; a list holds at most 20 texts. */
export type Facts = Record<string, string | number | boolean | null | string[]>;

/** What each event carries. The words of a conversation stay in the panel: no script of the page can read along. */
export interface TillhandEvents {
  /** The widget stands on the page. A listener that comes later still hears it. */
  ready: { employee: { id: string; name: string; job_title: string; poster_url: string; badge_url: string } };
  /** The panel was opened. */
  open: undefined;
  /** The panel was closed. */
  close: undefined;
  /** A message is complete: the employee's, or that of a person of the shop. */
  message: { turn: string; from: "employee" | "person" };
  /** The employee begins to speak. */
  "speaking:start": object;
  /** The employee is silent again. */
  "speaking:end": object;
  /** A coupon was handed over. */
  "offer:shown": { code: string; title: string; expires_at: string };
  /** The visitor copied the code. */
  "offer:claimed": { code: string };
  /** The code was redeemed at the till while the visitor is here. */
  "offer:redeemed": { code: string };
  /** The visitor left a message for the people of the shop. */
  lead: { note: string };
  /** A person is wanted (`wanted`, `waiting`), answers (`held`), or has given the conversation back (`returned`). */
  handover: { state: "wanted" | "waiting" | "held" | "returned"; name?: string };
  /** Consent was given or taken back by a call of this page. */
  consent: { answer: "granted" | "withdrawn" };
  /** Something was refused or could not be reached. The shopper sees nothing of it; `detail` tells the developer what to do. */
  error: { title: string; detail: string };
}

/** Copy this into the cart, so that the order says what an employee did for it. */
export interface Attribution {
  visitor: string;
  click: string | null;
  coupon: string | null;
  work: string | null;
}

export interface TillhandCommands {
  /**
   * Starts the widget when the script tag has no `data-key`, for pages that decide later. A second call changes nothing.
   * @example
   * Tillhand("boot", { key: "YOUR_KEY", position: "left" });
   */
  (command: "boot", options?: BootOptions): void;

  /**
   * Opens the panel. Called before the widget is there, it opens as soon as it is.
   * @example
   * document.querySelector("#help").addEventListener("click", () => Tillhand("open"));
   */
  (command: "open"): void;

  /**
   * Closes the panel. The employee falls silent; the conversation stays.
   * @example
   * Tillhand("close");
   */
  (command: "close"): void;

  /**
   * Opens the panel when it is closed, and the other way round.
   * @example
   * Tillhand("toggle");
   */
  (command: "toggle"): void;

  /**
   * Opens the panel and asks a question in the visitor's name, as a button beside a product may.
   * @example
   * Tillhand("ask", "Does this come in decaf?");
   */
  (command: "ask", question: string): void;

  /**
   * Opens the panel and has the employee say your words, at most 300 characters. They are noted beside the conversation as yours.
   * @example
   * Tillhand("say", "Your parcel leaves today.");
   */
  (command: "say", words: string): void;

  /**
   * Stops the employee in the middle of the sentence, as the visitor's own stop button does.
   * @example
   * Tillhand("interrupt");
   */
  (command: "interrupt"): void;

  /**
   * Turns the voice off, or on again with `false`. Captions go on.
   * @example
   * Tillhand("mute");
   * Tillhand("mute", false);
   */
  (command: "mute", isMuted?: boolean): void;

  /**
   * Says who is signed in. The token is made by your server, never in the page: HS256 with the secret from the Install page, with
   * `sub` (your id of the customer), `aud` "tillhand", `iat` and `exp` at most an hour apart. A bad token comes back as an `error` event.
   * @example
   * fetch("/tillhand-token").then((answer) => answer.text()).then((token) => Tillhand("identify", token));
   */
  (command: "identify", token: string): void;

  /**
   * Says what the visitor looks at, so that the shop's people see it beside the conversation. Four facts the employee reads too: `product`
   * (as your price list calls it) is what "this one" means, and `cart`, `cart_total` and `currency` help to choose a coupon that can be used.
   * Each call takes the place of the one before.
   * @example
   * Tillhand("setContext", { product: "Lantern Blend, 250 g", price: 14.5, currency: "USD", cart: ["Moka pot"], cart_total: 39 });
   */
  (command: "setContext", facts: Facts): void;

  /**
   * Says what the visitor did. It is kept beside the conversation once there is one; before that the page keeps the last fifty.
   * @example
   * Tillhand("track", "cart:add", { product: "Lantern Blend, 250 g", quantity: 2 });
   */
  (command: "track", name: string, facts?: Facts): void;

  /**
   * Passes on the answer of your consent banner. Withdrawn, everything kept in this browser is gone.
   * @example
   * Tillhand("consent", "granted");
   */
  (command: "consent", answer: "granted" | "withdrawn"): void;

  /**
   * Listens to an event, and gives a function that stops listening.
   * @example
   * const stopListening = Tillhand("on", "offer:shown", ({ code }) => {
   *   document.querySelector("#coupon").value = code;
   *   stopListening();
   * });
   */
  <Name extends keyof TillhandEvents>(command: "on", name: Name, listener: (payload: TillhandEvents[Name]) => void): () => void;

  /**
   * Takes the widget off the page; `window.Tillhand` goes with it.
   * @example
   * Tillhand("destroy");
   */
  (command: "destroy"): void;

  /**
   * Gives what an order should carry so that it is credited rightly.
   * @example
   * const { visitor, coupon } = Tillhand.attribution();
   * document.querySelector("#cart-note").value = JSON.stringify({ visitor, coupon });
   */
  attribution(): Attribution;

  /**
   * The visitor's random name. It names nobody, and changes with every page until consent is granted.
   * @example
   * console.assert(Tillhand.visitor.length === 36);
   */
  visitor: string;
}

declare global {
  interface Window {
    Tillhand: TillhandCommands;
  }
  const Tillhand: TillhandCommands;
}
