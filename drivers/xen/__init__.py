"""Xen's own configuration files, xl.cfg and those of xm before it, as libvirt documents.

Pure: a text in, a document out. What becomes of it is judged by libvirt's own readers (domxml-from-native).
"""

from __future__ import annotations

from drivers.xen.reading import read_xl, read_xm, unread
from drivers.xen.syntax import NotXenConfiguration

__all__ = ["NotXenConfiguration", "read_xl", "read_xm", "unread"]
