"""Why somebody does not get a name: the sentences, which are the same wherever that is judged."""

from __future__ import annotations

from netchat.state.rights import NOT_ALLOWED, RuleError

MAX_DEVICES = 10
"""How many sessions an account has at most."""
TOO_MANY_DEVICES = RuleError(
    NOT_ALLOWED,
    f"You are here {MAX_DEVICES} times already; end one of these sessions with /account.",
)


def removed(name: str) -> RuleError:
    """Return the refusal of a login to the account of `name`, which exists no more."""
    return RuleError("name-taken", f"The account {name} was removed; try again.")


def owned(name: str, owner: str) -> RuleError:
    """Return the refusal of `name`, because `owner`, which is equivalent, is owned."""
    if name == owner:
        return RuleError("name-taken", f"{name} is owned by somebody; choose another name.")
    return RuleError(
        "name-taken",
        f"{name} looks too much like {owner}, which is owned; choose another name.",
    )


def taken(name: str, holder: str) -> RuleError:
    """Return the refusal of `name`, because `holder`, which is equivalent, is here."""
    if name == holder:
        return RuleError("name-taken", f"{name} is taken; choose another name.")
    return RuleError(
        "name-taken", f"{name} looks too much like {holder}, who is here; choose another name."
    )
