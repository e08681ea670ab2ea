"""Domains: how their documents are rewritten, what they run as, and the verbs that change them."""
