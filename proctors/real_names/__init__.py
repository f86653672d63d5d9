"""实名认证 by whoever does it (B2): a named person on the portal's page, or before them an outside real-name service.

Built in is the person. An outside service is chosen by the setting `REAL_NAME_PROVIDER`; a new one is a class with
`ask` and a row in `chosen.PROVIDERS`. Whatever it says certifies by three agreements alone, and while it says
nothing the person's page works as ever.
"""
