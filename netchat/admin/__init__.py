"""The operator's tools: they verify, back up and export a journal, and make a certificate."""
