"""Types that several apps name."""

from django.utils.functional import Promise

# Text that may be translated when it is shown.
StrOrPromise = str | Promise
