"""Letters to members of staff, through the SMTP server of the settings `[mail]`. What fails says exactly why."""

from __future__ import annotations

import smtplib
import socket
import ssl

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext as _

from regulars.base.errors import BadInput
from regulars.platform import audit, store
from regulars.platform.settings import Mail

TIMEOUT_SECONDS = 15


def is_set() -> bool:
    """Whether there is a server to send through."""
    return bool(store.opened().settings.mail.host)


def send(to: str, subject: str, text: str) -> None:
    """Send one letter, and come back when the server has taken it.

    Raises BadInput that says what failed and which setting to look at.
    """
    mail = store.opened().settings.mail
    if not mail.host:
        raise BadInput(_("No mail server is set. Set host, user, password and sender of [mail]; see docs/settings.md."))
    if not mail.sender:
        raise BadInput(_("No sender is set. Set sender of [mail], as in `Kohvik <hello@kohvik.example>`."))
    letter = EmailMessage(subject, text, mail.sender, [to], connection=_connection(mail))
    try:
        letter.send()
    except (OSError, ValueError) as error:  # SMTPException and SSLError are OSErrors
        raise BadInput(reason(error, mail)) from None


def send_test(to: str) -> None:
    """Send a letter that only shows that mail works.

    Raises BadInput that says what failed.
    """
    firm = store.opened().settings.firm.name or "Regulars"
    try:
        send(
            to,
            _("Test mail of {firm}").format(firm=firm),
            _("Mail from Regulars arrives. There is nothing to do."),
        )
    except BadInput:
        audit.note("mail.tested", worked=False)
        raise
    audit.note("mail.tested", worked=True)


def _connection(mail: Mail) -> EmailBackend:
    return EmailBackend(
        host=mail.host,
        port=mail.port,
        username=mail.user,
        password=mail.password,
        use_tls=mail.security == "starttls",
        use_ssl=mail.security == "tls",
        timeout=TIMEOUT_SECONDS,
    )


def reason(error: Exception, mail: Mail) -> str:
    """What went wrong, in words, with what the server said and the setting to look at."""
    place = f"{mail.host}:{mail.port}"
    match error:
        case smtplib.SMTPAuthenticationError():
            text = _("{place} refuses the user name or the password. Look at user and password of [mail].")
        case smtplib.SMTPNotSupportedError() if "STARTTLS" in str(error):
            text = _("{place} offers no STARTTLS. Set security of [mail] to tls (often port 465), or to none.")
        case smtplib.SMTPNotSupportedError():
            text = _("{place} lets nobody sign in on this connection. Look at security of [mail], or leave user empty.")
        case smtplib.SMTPSenderRefused():
            text = _("{place} sends nothing from this sender. Look at sender of [mail].")
        case smtplib.SMTPRecipientsRefused():
            text = _("{place} doesn't take letters for this address.")
        case ssl.SSLCertVerificationError():
            text = _("The certificate of {place} can't be trusted. Host of [mail] must be the name in it.")
        case ssl.SSLError():
            text = _(
                "{place} doesn't speak TLS from the first byte. Set security of [mail] to starttls (often port 587)."
            )
        case socket.gaierror():
            text = _("There is no server called {host}. Look at host of [mail].")
        case ConnectionRefusedError():
            text = _("Nothing answers at {place}. Look at host and port of [mail].")
        case TimeoutError():
            text = _("{place} didn't answer in time. A firewall may be in the way, or security of [mail] is wrong.")
        case smtplib.SMTPServerDisconnected():
            text = _("{place} hung up. Look at port and security of [mail].")
        case _:
            text = _("{place} couldn't be used.")
    return f"{text.format(place=place, host=mail.host)} ({_said(error)})"


def _said(error: Exception) -> str:
    """The server's own words, or the system's."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    return str(error) or type(error).__name__
