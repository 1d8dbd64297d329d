"""Words and sentences of the rooms below that cannot be found in their source as they are read: marked here, said by language.py."""

from typing import Final

from app.dashboard.language import N_

NAMES_OF_THEIR_OWN: Final = {"set_shapley": "Shapley among employees"}
"""Code names whose words are others; the words are marked below."""

CODE_NAMES: Final = (
    N_("Owner"), N_("Manager"), N_("Staff"), N_("Finance"), N_("Read only"), N_("owner"), N_("manager"), N_("staff"), N_("finance"),
    N_("read-only"), N_("Pending"), N_("Locked"), N_("Cleared"), N_("Invoiced"), N_("Sale"), N_("Refund"), N_("Chargeback"),
    N_("Correction"), N_("Bonus"), N_("Royalty"), N_("Royalty income"), N_("Tier"), N_("Lift"), N_("Cap"), N_("Minimum"), N_("Dispute"),
    N_("Share"), N_("Hold"), N_("Release"), N_("Payout"), N_("Reserve release"), N_("Carried"), N_("Carry"), N_("Reserve"), N_("Coupon"),
    N_("Link"), N_("Conversation"), N_("View"), N_("Touch"), N_("Coupon shown"), N_("Coupon seen"), N_("Click"), N_("Open"), N_("Held"),
    N_("Redeemed"), N_("Returned"), N_("Expired"), N_("Issued"), N_("Seen"), N_("Accepted"), N_("Rejected"), N_("Adjusted"),
    N_("Received"), N_("Handled"), N_("Waiting"), N_("Refused"), N_("Reading"), N_("Learning"), N_("Coupon first"), N_("Link first"),
    N_("Last"), N_("First"), N_("Linear"), N_("Position"), N_("Time decay step"), N_("Time decay half life"), N_("Shapley among employees"),
    N_("Shop share expense"), N_("Shop royalty expense"), N_("Shop bonus expense"), N_("Shop tier expense"), N_("Shop cap relief"),
    N_("Shop minimum expense"), N_("Shop lift expense"), N_("Shop dispute relief"), N_("Fx clearing"), N_("earned"), N_("disputed"),
    N_("payable"), N_("reserve"), N_("Likeness owner"), N_("Agency"), N_("Platform"), N_("Operator"), N_("System"), N_("Worker"),
    N_("Clock"), N_("Rule"), N_("Product"), N_("Finder"), N_("Unknown"), N_("Handover"), N_("Message"), N_("Courtesy"), N_("Disclosure"),
    N_("Off topic"), N_("Injection"), N_("Abuse"), N_("Personal data"), N_("Recall"), N_("Reviewed"), N_("Understand"), N_("Language"),
    N_("Paid"), N_("Cancelled"), N_("Partially refunded"), N_("Refunded"), N_("Void"), N_("Failed"), N_("Coupon issue"),
    N_("Link click"), N_("Video click"), N_("Video view"), N_("refund"), N_("chargeback"), N_("Share of sales"), N_("Royalties"),
    N_("Pay on measured lift"), N_("Above the cap"), N_("Guaranteed minimum"), N_("Brought forward"), N_("Reserve released"),
    N_("Kept in reserve"), N_("Carried into the next month"), N_("Given back by credit note before"),
)  # fmt: skip
"""What the rooms call things: their code names as words (formatting.words_of), roles, stages, kinds, states, steps, accounts."""

CHANGES: Final = (
    N_("Skill added"), N_("Skill changed"), N_("Skill tried"), N_("Skill switched on"), N_("Skill switched off"),
    N_("Skill secret rotated"), N_("Skill removed"), N_("Opening rules set"), N_("Opening added"), N_("Opening removed"),
    N_("Memory rules set"), N_("Site reading asked"), N_("Site reading called off"),
    N_("Taste choice told"), N_("Taste choice withdrawn"), N_("Taste proposed"), N_("Taste approved"),
    N_("Taste declined"), N_("Taste brought back"), N_("Own skill"), N_("Own skill asks"), N_("Memory"), N_("Memory asks"),
    N_("Answer judged"), N_("Api key made"), N_("Api key withdrawn"), N_("Bill details changed"), N_("Bill limit changed"),
    N_("Bill marked paid"), N_("Bill payment taken back"), N_("Connection closed"), N_("Connection made"),
    N_("Connection secret rotated"), N_("Connection token changed"), N_("Connection tried"), N_("Contract countersigned"),
    N_("Contract declined"), N_("Contract ended"), N_("Contract signed"), N_("Contract proposed"), N_("Conversation dealt with"),
    N_("Conversation flagged"), N_("Conversation handed back"), N_("Conversation note removed"), N_("Conversation note written"),
    N_("Conversation taken over"), N_("Delivery replayed"), N_("Demo shop removed"), N_("Demo shop brought back"), N_("Dispute opened"),
    N_("Document handed in"), N_("Document taught"), N_("Document removed"), N_("Document restored"),
    N_("Employee application withdrawn"), N_("Employee applied"), N_("Employee changed"), N_("Employee hired"),
    N_("Employee leave called off"), N_("Employee leave granted"), N_("Employee reviewed"),
    N_("Employee picture quality"), N_("Employee probation decided"),
    N_("Golden question added"), N_("Golden question removed"), N_("Golden question restored"), N_("Insider marked"),
    N_("Insider taken back"), N_("Likeness answered"), N_("Member authenticator enrolled"), N_("Member authenticator removed"),
    N_("Member invitation withdrawn"), N_("Member invited"), N_("Member invited again"), N_("Member joined"), N_("Member left"),
    N_("Member password changed"), N_("Member recovery codes replaced"), N_("Member removed"), N_("Member role changed"),
    N_("Member session ended"), N_("Offer changed"), N_("Offer codes imported"), N_("Offer ended"), N_("Offer made"), N_("Offer paused"),
    N_("Offer resumed"), N_("Orders imported"), N_("Payee paid out"), N_("Payee payout taken back"), N_("Reviewed answer approved"),
    N_("Reviewed answer proposed"), N_("Reviewed answer declined"), N_("Reviewed answer withdrawn"), N_("Reviewed answer restored"),
    N_("Shop opened"), N_("Shop second factor required"), N_("Shop second factor optional"), N_("Visitor secret made"),
    N_("Visitor secret withdrawn"), N_("Widget place allowed"), N_("Widget place removed"),
)  # fmt: skip
"""What the audit log calls a change."""

PARTICULARS: Final = (
    N_("Role"), N_("From"), N_("To"), N_("Name"), N_("Email"), N_("Scopes"), N_("Kind"), N_("Reason"), N_("Amount"), N_("Version"),
    N_("Verdict"), N_("Count"), N_("Currency"), N_("Why"), N_("Channel"), N_("Place"), N_("Flag"), N_("Day"), N_("Title"), N_("Question"),
    N_("Document"),
)  # fmt: skip
"""What stands beside a change in the audit log."""

COUPON_TERMS: Final = (
    N_("%(percent)s off one order, single use."),
    N_("%(percent)s off one order, as long as %(rest)s remain to pay, single use."),
    N_("%(percent)s off one order, at most %(most)s, single use."),
    N_("%(percent)s off one order, at most %(most)s, as long as %(rest)s remain to pay, single use."),
    N_("%(percent)s off %(goods)s, single use."),
    N_("%(percent)s off %(goods)s, as long as %(rest)s remain to pay, single use."),
    N_("%(percent)s off %(goods)s, at most %(most)s, single use."),
    N_("%(percent)s off %(goods)s, at most %(most)s, as long as %(rest)s remain to pay, single use."),
    N_("%(percent)s off a cart of at least %(least)s, single use."),
    N_("%(percent)s off a cart of at least %(least)s, as long as %(rest)s remain to pay, single use."),
    N_("%(percent)s off a cart of at least %(least)s, at most %(most)s, single use."),
    N_("%(percent)s off a cart of at least %(least)s, at most %(most)s, as long as %(rest)s remain to pay, single use."),
    N_("%(percent)s off %(goods)s in a cart of at least %(least)s, single use."),
    N_("%(percent)s off %(goods)s in a cart of at least %(least)s, as long as %(rest)s remain to pay, single use."),
    N_("%(percent)s off %(goods)s in a cart of at least %(least)s, at most %(most)s, single use."),
    N_("%(percent)s off %(goods)s in a cart of at least %(least)s, at most %(most)s, as long as %(rest)s remain to pay, single use."),
    N_("%(item)s for free with one order, single use."),
    N_("%(item)s for free with one order, as long as %(rest)s remain to pay, single use."),
    N_("%(item)s for free with one order, at most %(most)s, single use."),
    N_("%(item)s for free with one order, at most %(most)s, as long as %(rest)s remain to pay, single use."),
    N_("%(item)s for free with a cart of at least %(least)s, single use."),
    N_("%(item)s for free with a cart of at least %(least)s, as long as %(rest)s remain to pay, single use."),
    N_("%(item)s for free with a cart of at least %(least)s, at most %(most)s, single use."),
    N_("%(item)s for free with a cart of at least %(least)s, at most %(most)s, as long as %(rest)s remain to pay, single use."),
)
"""A coupon's conditions as whole sentences: in pieces, a piece that ends openly would swallow the next one."""

PROSE: Final = (
    N_("Until now:"), N_("From now on:"), N_("No longer:"), N_("Tiers"), N_("Bonuses"), N_("Payees"), N_("Returns"), N_("Months"),
    N_("Disputes"), N_("Comparison"), N_("%(days)s days"), N_("%(days)s day"), N_("a coupon"), N_("a conversation"), N_("tax"),
    N_("shipping"), N_("tips"), N_("lead"), N_("booking"), N_("The month earns %(amount)s."),
    N_("Were %(given)s given back in a dispute, it would pay %(left)s."), N_("%(amount)s more"), N_("%(amount)s less"), N_("the same"),
    N_("%(subject)s do not count towards tiers"), N_("%(subject)s earn %(share)s, and do not count towards tiers."),
    N_("%(subject)s earn the contract's own rate."), N_("(%(number)s) Products %(name)s"), N_("(%(number)s) Categories %(name)s"),
    N_("(%(number)s) Products %(name)s and categories %(others)s"), N_("is paused"), N_("has ended"), N_("in stock"),
    N_("A sale of %(sale)s during probation earns %(earned)s."), N_("A sale of %(sale)s of such a customer earns %(earned)s."),
    N_("A sale of %(sale)s brought by a film earns %(earned)s."), N_("It is one of %(count)s touches that share the order equally."),
    N_("It is one of %(count)s touches that share the order by their place; the first and the last weigh most."),
    N_("It is one of %(count)s touches that share the order, each weighing half as much as the next."),
    N_("It is one of %(count)s touches that share the order, the later ones weighing more."),
    N_(
        "With %(visitors)s visitors a day, %(conversion)s of whom buy for %(worth)s on average, and %(holdout)s of visitors "
        "held out, a gain of %(gain)s is told within %(days)s days (%(all)s visitors) by an interval you may look at every day;"
        " one look, fixed in advance, would take %(once)s days."
    ),
    N_("Those held out would have bought for %(forgone)s more."),
    N_(
        "With %(visitors)s visitors a day, %(conversion)s of whom buy for %(worth)s on average, and %(holdout)s of visitors "
        "held out, a gain of %(gain)s cannot be told at this shop's traffic: it takes %(all)s visitors, which is more than "
        "%(years)s years."
    ),
    N_("With half of all visitors held out it would take %(days)s days."), N_("One look, fixed in advance, would take %(days)s days."),
    N_("Look for a larger gain, or pay by attribution."),
    N_(
        "Comparing %(who)s, meeting the employee added %(each)s a visitor; with %(confidence)s confidence the truth lies "
        "between %(low)s and %(high)s, however often one looks."
    ),
    N_("That holds zero: whether the employee adds anything cannot be told yet."),
    N_(
        "%(count)s codes of ours were used up at the till more than %(days)s days ago, and no reported order carries it, the "
        "first on %(day)s."
    ),
    N_("The code %(code)s was used up at the till more than %(days)s days ago, and no reported order carries it, the first on %(day)s."),
    N_("%(count)s codes of ours were used up for orders that %(channel)s reported without the code, the first on %(day)s."),
    N_("The code %(code)s was used up for orders that %(channel)s reported without the code, the first on %(day)s."),
    N_("A question in English."), N_("A question in Chinese."), N_("Closest passage."), N_("Usual"), N_("Price list"), N_("Text"),
    N_("Plain HTML"), N_("Tag manager"), N_("Without inline script"), N_("With a nonce"), N_("Standard"), N_("Shopify"), N_("WordPress"),
    N_("%(source)s reports a %(kind)s, %(identifier)s; the bonus is %(amount)s."),
    N_("%(source)s reports %(income)s of income of a work, %(identifier)s; the royalty is %(amount)s."), N_("its own pace"),
    N_("unhurried"), N_("brisk"),
    N_("Heart: a woman's voice, warm and clear"), N_("Robin: a young woman's voice, bright and quick to smile"),
    N_("Wren: a woman's voice, light and exact"), N_("Willow: a woman's voice, poised, a little lower"),
    N_("Sage: an older woman's voice, calm and kind"), N_("Cedar: a young man's voice, open and lively"),
    N_("Oak: a man's voice, steady and dry"), N_("Slate: an older man's voice, deep and patient"),
    N_("Heart: a woman's voice, warm and clear, unhurried"), N_("Robin: a young woman's voice, bright and quick to smile, unhurried"),
    N_("Wren: a woman's voice, light and exact, unhurried"), N_("Willow: a woman's voice, poised, a little lower, unhurried"),
    N_("Sage: an older woman's voice, calm and kind, unhurried"), N_("Cedar: a young man's voice, open and lively, unhurried"),
    N_("Oak: a man's voice, steady and dry, unhurried"), N_("Slate: an older man's voice, deep and patient, unhurried"),
    N_("Heart: a woman's voice, warm and clear, brisk"), N_("Robin: a young woman's voice, bright and quick to smile, brisk"),
    N_("Wren: a woman's voice, light and exact, brisk"), N_("Willow: a woman's voice, poised, a little lower, brisk"),
    N_("Sage: an older woman's voice, calm and kind, brisk"), N_("Cedar: a young man's voice, open and lively, brisk"),
    N_("Oak: a man's voice, steady and dry, brisk"), N_("Slate: an older man's voice, deep and patient, brisk"),
    N_("Iris: a woman's voice, full and close, for films"),
    N_("Birch: a man's voice, plain and friendly, for films"),
    N_("Jade: a woman's voice in Chinese, warm and even"),
    N_("Lotus: a young woman's voice in Chinese, light"),
    N_("Bamboo: a young man's voice in Chinese, bright"),
    N_("Pine: a man's voice in Chinese, firm and deep"),
    N_("Iris: a woman's voice, full and close, for films, unhurried"),
    N_("Birch: a man's voice, plain and friendly, for films, unhurried"),
    N_("Jade: a woman's voice in Chinese, warm and even, unhurried"),
    N_("Lotus: a young woman's voice in Chinese, light, unhurried"),
    N_("Bamboo: a young man's voice in Chinese, bright, unhurried"),
    N_("Pine: a man's voice in Chinese, firm and deep, unhurried"),
    N_("Iris: a woman's voice, full and close, for films, brisk"),
    N_("Birch: a man's voice, plain and friendly, for films, brisk"),
    N_("Jade: a woman's voice in Chinese, warm and even, brisk"),
    N_("Lotus: a young woman's voice in Chinese, light, brisk"),
    N_("Bamboo: a young man's voice in Chinese, bright, brisk"),
    N_("Pine: a man's voice in Chinese, firm and deep, brisk"),
    N_("Plum: a woman's voice in Japanese, clear and polite"),
    N_("Maple: a man's voice in Japanese, calm"),
    N_("Plum: a woman's voice in Japanese, clear and polite, unhurried"),
    N_("Maple: a man's voice in Japanese, calm, unhurried"),
    N_("Plum: a woman's voice in Japanese, clear and polite, brisk"),
    N_("Maple: a man's voice in Japanese, calm, brisk"),
)  # fmt: skip
"""Sentences the rooms put together from parts; here they stand whole, as they are read."""
