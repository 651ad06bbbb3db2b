"""`twistd words` with an IRC port, one password for all users, and rooms that are made when joined.

It is built from the parts of `twistd words`, since its option `--group` fails on Python 3, and
without a group no user can join.
"""

import os

from twisted.application.service import Application
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.words.service import InMemoryWordsRealm
from twisted.words.tap import Options, makeService
from zope.interface import implementer


@implementer(ICredentialsChecker)
class OnePassword:
    """Accepts any name with the password."""

    credentialInterfaces = (IUsernamePassword,)

    def requestAvatarId(self, credentials):
        """Return the user name, if the password is right."""
        if credentials.password != os.environ["WORDS_PASSWORD"]:
            raise UnauthorizedLogin
        return credentials.username


InMemoryWordsRealm.createGroupOnRequest = True
options = Options()
options.parseOptions(["--hostname", "irc.bench.test", "--irc-port", "tcp:0:interface=127.0.0.1:backlog=4096"])
options.addChecker(OnePassword())
application = Application("words")
makeService(options).setServiceParent(application)
