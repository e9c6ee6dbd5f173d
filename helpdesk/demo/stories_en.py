"""Matters in English."""

from __future__ import annotations

from helpdesk.demo.cast import CARDS, DIGITAL, LENDING, PREMIER
from helpdesk.demo.story import HIGH, LOW, NORMAL, URGENT, Story

STORIES = (
    Story(CARDS, "problem", URGENT, ("lost card", "fraud"), "Debit card lost, a payment I don’t recognise", (
        ("c", "Hello,\n\nI think I left my debit card ending {card} in a taxi this evening. The app now shows a payment that is not mine: {amount} at a petrol station.\n\nPlease block the card. I am travelling until Saturday and need some way to pay."),
        ("n", "Card {card} blocked in core banking, dispute {ref} opened for the petrol payment. She travels until Saturday."),
        ("a", "Hello {name},\n\nyour card ending {card} is blocked, nobody can use it any more. You are not charged for the petrol payment while we look into it: the case is {ref}.\n\nI can have a new card ready at a branch near you on Friday. Which city are you in?"),
        ("c", "That’s a relief, thank you. I am near the Marina branch. Can I also draw cash before Friday?"),
        ("a", "Hello {name},\n\nyes: the Marina branch will pay out up to 500 in emergency cash against your passport, from tomorrow at nine. The card will be there on Friday.\n\nKind regards\n{me}"),
    ), "payments-screenshot.png"),
    Story(CARDS, "problem", NORMAL, ("dispute",), "Charged twice at the same restaurant", (
        ("c", "Hi, I paid {amount} at a restaurant on Tuesday and it appears two times on my statement, card {card}. I attach the receipt, only one of the two is mine.\n\nCan you take the second one off?"),
        ("a", "Hello {name},\n\nthank you for the receipt. One of the two is a reservation that the restaurant has not released; it falls away by itself within five working days. If it is still there on Monday, answer this mail and we take it back for you."),
        ("c", "It is gone now. Great service!"),
    ), "receipt.pdf"),
    Story(DIGITAL, "problem", HIGH, ("app", "sign-in"), "Locked out of mobile banking after phone change", (
        ("c", "I moved to a new phone yesterday and the app says this device is not registered. I have a payroll run at noon and cannot approve it. Please help quickly."),
        ("n", "Identity checked by call-back on the number we have. Old device removed, waiting for him to register the new one."),
        ("a", "Hello {name},\n\nI have removed your old phone. Please open the app, choose “New device” and scan the code that we have just sent to your registered address. It is good for 30 minutes.\n\nTell me when you are in, I stay with this until then."),
        ("c", "I’m in, and payroll is approved. Thank you, that was fast."),
    )),
    Story(DIGITAL, "question", NORMAL, ("app", "codes"), "Codes arrive late when I am abroad", (
        ("c", "Every time I travel the one-time codes come ten minutes late, when they are no longer valid. Is there another way to confirm a transfer?"),
        ("a", "Hello {name},\n\nyes: with approval in the app no text message is needed, a data connection is enough. In the app choose Profile, Security, Approve in app. It takes two minutes.\n\nMay I leave this open until you have tried it?"),
        ("c", "Tried it at the airport, works. You may close this."),
    )),
    Story(LENDING, "request", NORMAL, ("mortgage", "letter"), "Proof of funds letter for my mortgage broker", (
        ("c", "Dear team,\n\nmy broker needs a proof of funds letter by the end of next week. The account is the one my salary goes to. Could you send it as a signed PDF?"),
        ("a", "Dear {name},\n\nwith pleasure. Should the letter name the exact balance, or that funds of at least {amount} are available? Most brokers ask for the second."),
        ("c", "The second is fine. Thank you."),
        ("n", "Letter drafted, branch signs tomorrow morning."),
        ("a", "Dear {name},\n\nthe signed letter is attached. It is valid for 30 days.\n\nKind regards\n{me}"),
    )),
    Story(LENDING, "complaint", HIGH, ("mortgage", "complaint"), "Mortgage letter still names the wrong address", (
        ("c", "This is the third letter with my old address. My offer expires tomorrow. I want to speak to somebody who can decide."),
        ("n", "Reopened twice. The address is right in core banking but not in the letter system. Supervisor informed."),
        ("a", "Dear {name},\n\nI am sorry. Your address was changed with us but not in the system that prints letters. It is corrected there now, I have read the new letter myself, and it is attached.\n\nYour offer is extended by ten days, so nothing is lost. I will call you this afternoon."),
        ("c", "The letter is correct now. Please make sure this does not happen to other customers."),
    ), "letter-page-1.png"),
    Story(PREMIER, "request", NORMAL, ("limit",), "Raise the daily transfer limit for one week", (
        ("c", "Good morning, we are buying a flat and need a daily transfer limit of {amount} from Monday to Friday. What do you need from us?"),
        ("a", "Good morning {name},\n\nonly your confirmation in the app: I have sent the request to it. The limit goes back by itself on Saturday."),
        ("c", "Confirmed just now. Thank you."),
    )),
    Story(PREMIER, "question", LOW, ("investment",), "Is there somebody for investments in Singapore?", (
        ("c", "Hello, we moved from London last month. Who looks after our portfolio now, and can we meet?"),
        ("a", "Hello {name},\n\nwelcome to Singapore. Your new adviser works two streets from you. Would Thursday at three, or Friday at ten, suit you?"),
        ("c", "Friday at ten is perfect."),
    )),
    Story(CARDS, "question", LOW, ("card delivery",), "When does my new card arrive?", (
        ("c", "My old card ending {card} expires at the end of the month and I have not received the new one. Has it been sent?"),
        ("a", "Hello {name},\n\nit left our printer on Monday and should be with you within three working days. It works from the moment you receive it; the PIN stays the same."),
        ("c", "It came this morning."),
    )),
    Story(CARDS, "suggestion", LOW, ("app", "idea"), "Let me rename my cards in the app", (
        ("c", "I have three cards and they all look the same in the list. If I could name them “Groceries” and “Travel” I would stop using the wrong one. Just an idea!"),
        ("a", "Hello {name},\n\na good one: four customers asked for it this quarter and it is with the people who build the app. I will write to you when it is there."),
    )),
    Story(DIGITAL, "problem", HIGH, ("payments", "corporate"), "Cannot approve payroll in the app", (
        ("c", "The second approver is on leave and the substitute does not see the file of {amount}. We must pay 46 people today."),
        ("n", "Substitute has view rights only. Needs the signed mandate, form 12."),
        ("a", "Hello {name},\n\nthe substitute has the right to look but not to approve. If you send me form 12, signed by a director, I set it at once: it takes five minutes on our side."),
        ("c", "Form attached. We are waiting at the screen."),
        ("a", "Hello {name},\n\nthe right is set. Please sign out and in again, the file is in the list."),
        ("c", "Approved. Thank you very much."),
    )),
    Story(LENDING, "question", NORMAL, ("loan",), "What does it cost to repay my loan early?", (
        ("c", "I would like to repay the rest of my car loan at the end of the month, about {amount}. Is there a fee?"),
        ("a", "Hello {name},\n\nthere is none in the last twelve months of the loan, and yours has nine to go. Shall I prepare the final statement for the 30th?"),
        ("c", "Yes please."),
    )),
    Story(CARDS, "complaint", NORMAL, ("fees", "complaint"), "Foreign exchange fee although I was promised none", (
        ("c", "When I opened this account your colleague told me payments in euro are free. Now I see {amount} in fees for one week in Lisbon. I feel misled."),
        ("a", "Hello {name},\n\nthank you for telling us. Euro payments are free with the Travel plan; your account has the Basic one. I have refunded the fees of that week, and if you like I change the plan today: it costs nothing for the first year."),
        ("c", "That’s fair. Please change the plan."),
    )),
    Story(DIGITAL, "question", LOW, ("statement",), "Statements as a spreadsheet", (
        ("c", "Can I download a whole year as one file? My accountant wants CSV, not PDF."),
        ("a", "Hello {name},\n\nin online banking choose Accounts, Export, then the period and CSV. A year is the longest period at once."),
        ("c", "Found it, thanks."),
    )),
)  # fmt: skip
