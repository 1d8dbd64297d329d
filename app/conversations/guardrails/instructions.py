"""Sentences that give orders to the employee instead of telling facts or asking. In a document they are left out; in a message they are
declined. No language model obeys text here, but an employee that *reads such a sentence out* as the shop's word would be as bad.
"""

import re

_ORDERS = re.compile(
    r"""
    \b(?:ignore|disregard|forget|override|bypass|skip)\b.{0,40}\b(?:previous|prior|above|earlier|all|any|your|these|the|other|system)\b
        .{0,30}\b(?:instructions?|rules?|prompts?|directions?|guidelines?|polic(?:y|ies)|limits?|restrictions?|programming|training)\b
    | \b(?:system|developer|admin(?:istrator)?|root|debug|god|jailbreak|dan)\s*(?:mode|prompt|message|override|command|instruction)\b
    | (?:^|\n)\s*(?:\#+\s*)?\[?(?:system|assistant|developer|admin)\]?\s*[:>\]]
    | <\s*/?\s*(?:system|assistant|instructions?|prompt|\|im_(?:start|end)\|)
    | \byou\s+are\s+(?:now|no\s+longer)\b | \b(?:act|behave|respond|reply|answer)\s+as\s+(?:if|though|an?|the)\b
    | \bpretend\s+(?:to|that|you)\b | \broleplay\b | \bfrom\s+now\s+on,?\s+you\b
    | \b(?:reveal|print|repeat|show|output|leak|dump)\b.{0,30}\b(?:your|the|system|hidden)\b.{0,20}\b(?:prompt|instructions?|rules
        |configuration|secrets?|passwords?|api\s*keys?|source\s*code)\b
    | \b(?:tell|inform|assure|promise|convince|say\s+to|reply\s+to)\b.{0,20}\b(?:the|every|all|any|each)?\s*(?:customers?|shoppers?
        |visitors?|users?|guests?|everyone|everybody)\b.{0,15}\b(?:that|to|they|it|about|everything|this)\b
    | \b(?:ai|bots?|chatbots?|assistants?|language\s+models?|llms?|digital\s+employees?)\b[^.?!]{0,30}
        \b(?:must|should|shall|needs?\s+to|has\s+to|have\s+to|will\s+now|is\s+(?:instructed|required|ordered))\b
    | \b(?:note|instructions?|attention|message|dear)\s+(?:to|for)?\s*(?:the\s+)?
        (?:ai|bots?|chatbots?|assistants?|language\s+models?|llms?)\b
    | \bnew\s+(?:instructions?|rules?|prompt)\s*: | \bend\s+of\s+(?:prompt|instructions?|document)\b
    | 忽略.{0,12}(?:指令|指示|规则|提示|说明) | 无视.{0,12}(?:指令|规则|指示) | 你现在是 | 系统提示 | 告诉(?:所有)?(?:顾客|客人|用户)
    | (?:指示|命令|ルール|規則|プロンプト).{0,8}(?:無視|忘れ) | システムプロンプト | (?:すべての)?(?:お客様|顧客)に.{0,20}(?:伝え|言っ)
    | \b(?:ignore[zr]?|oublie[zr]?)\b.{0,40}\b(?:instructions?|consignes?|règles?) | \btu\s+es\s+maintenant\b | \bdis\s+aux?\s+clients?\b
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_CLAIMS = re.compile(
    r"\bi(?:'m| am)\s+(?:the\s+|your\s+|a\s+|an\s+)?(?:\w+\s+)?"
    r"(?:owner|manager|boss|developer|admin|administrator|creator|ceo|engineer|tester|programmer)\b"
    r"|\b(?:as|this\s+is)\s+(?:the|your)\s+(?:owner|manager|boss|developer|admin|administrator|creator|ceo)\b"
    r"|\b(?:the|your)\s+(?:owner|manager|boss|developer)\s+(?:said|says|told|allowed|promised|approved|authori[sz]ed)\b"
    r"|我是(?:店长|老板|经理|管理员|开发者)|私は(?:店長|オーナー|管理者|開発者)"
    r"|je suis (?:le|la) (?:patron|patronne|gérante?|directeur|directrice)",
    re.IGNORECASE,
)


def is_instruction(text: str) -> bool:
    """Say whether a text tries to give the employee orders."""
    return bool(_ORDERS.search(text))


def claims_authority(text: str) -> bool:
    """Say whether a shopper claims a rank that a chat cannot prove. It buys nothing, and is answered without argument."""
    return bool(_CLAIMS.search(text))
