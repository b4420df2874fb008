"""Boots the lab's guest, runs cases in it, and judges what came of them."""
