"""Everything on this side between a volume's source and bytes ready to be uploaded."""

from reconciler.inputs.images.cache import default_cache
from reconciler.inputs.images.errors import ImageError
from reconciler.inputs.images.iso import iso
from reconciler.inputs.images.limits import USUAL, Limits
from reconciler.inputs.images.prepare import Prepared, identity_of, prepare

__all__ = ["USUAL", "ImageError", "Limits", "Prepared", "default_cache", "identity_of", "iso", "prepare"]
