"""Pictures as text: SVG made of numbers, for saved notebooks, exports and papers."""

from __future__ import annotations

from .svg import Markup, as_image, element, number, picture
from .wave import Box, outline, wave

__all__ = ["Box", "Markup", "as_image", "element", "number", "outline", "picture", "wave"]
