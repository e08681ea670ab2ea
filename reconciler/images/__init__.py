"""Everything on this side between a volume's source and bytes ready to be uploaded."""

from reconciler.images.cache import default_cache
from reconciler.images.errors import ImageError
from reconciler.images.iso import iso
from reconciler.images.limits import USUAL, Limits
from reconciler.images.prepare import Prepared, identity_of, prepare

__all__ = ["USUAL", "ImageError", "Limits", "Prepared", "default_cache", "identity_of", "iso", "prepare"]
