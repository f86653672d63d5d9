"""Evidence from the phone page's camera: the contract's call, in a web session."""

from rest_framework.authentication import SessionAuthentication

from incidents.api.evidence import EvidenceUploads


class PhoneEvidence(EvidenceUploads):
    """The same fields, checks and answers; its own address, since tokens and sessions stay apart."""

    authentication_classes = (SessionAuthentication,)
    schema = None
