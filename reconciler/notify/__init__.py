"""Telling people: letters are taken from the outbox and sent, each until it has arrived."""

from reconciler.notify.notifier import Notifier
from reconciler.notify.sending import Post

__all__ = ["Notifier", "Post"]
