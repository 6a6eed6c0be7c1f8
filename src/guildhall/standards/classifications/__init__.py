"""Classifications of occupations side by side: their files read, written in bulk, and found again.

Without Django: ``problems``, ``refusals``, ``facts``, ``tables``, ``hierarchy``, and a reader for each kind of file (``cn``, ``onet``,
``esco``, ``isco``, ``own``, ``crosswalk``): bytes to entries and to *all* problems with their places. With it: ``loading``
(one transaction, bulk), ``crosswalks`` and ``selectors``.
"""
