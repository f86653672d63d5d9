"""Face matching by whoever does it: an opinion beside two pictures, never a decision, never a check of liveness.

The default is what the phone found at the door. An outside service is chosen by the setting `FACE_MATCHER`; a
new one is a class with `compare` and a row in `chosen.MATCHERS`. The portal bundles no model of its own.
"""
