"""Words of the inventory that rooms below say in English: marked here, as only this room has translations."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

SAID = frozenset(
    {
        _("What happened to them"),
        _("Lets other parts of Regulars react, and shows a customer's history."),
        _("Who saw or changed them"),
        _("Shows that only those looked at personal data who had to."),
        _("Numbers and contacts by which the shop knows them"),
        _("Recognises the same customer in every file and order."),
        _("Postal addresses"),
        _("Delivery and post."),
        _("Browsers and telephones they come from"),
        _("Recognises a returning visitor, and reaches their telephone."),
        _("What else the firm wants to know of them"),
        _("Said for each attribute where it is declared."),
        _("Which organisations they belong to"),
        _("Shows who decides, buys, uses and pays."),
        _("What they agreed to and refused"),
        _("Proves that they were written to with their consent."),
        _("Notes, tags and tasks of staff"),
        _("Helps staff to look after them."),
        _("What their purchases say: standing, value, latest orders"),
        _("Shows who buys, who is slipping away and what each is worth."),
        _("Lists of single customers in the figures of each refresh"),
        _("Says whom to call first."),
        _("Who they are: name, contacts, country, birth date"),
        _("Knows whom the firm deals with."),
        _("Example rows in the records of imports"),
        _("Lets people see that a file was read rightly."),
        _("Files given in the browser, and rows that were set aside"),
        _("Waits for somebody to import or mend them."),
        _("Names searched for in saved views"),
        _("Shows a member the same list again."),
        _("Examples of who would move where by other thresholds"),
        _("Shows what other thresholds would change before they hold."),
        _("Events as they came in over HTTP"),
        _("Lets Regulars act on what happens at once, and know what comes twice."),
        _("Events that were refused, or contradict earlier ones"),
        _("Waits for somebody to mend or look at them."),
        _("Visits and events in the lake, and which visitors a customer was"),
        _("Shows what leads to an order, and which visits were a customer's."),
        _("Orders as they came in over HTTP"),
        _("Works out what an order is by now, whatever is heard of it first."),
        _("operations store"),
        _("files in the workspace"),
    }
)
