"""Format `fhir`: FHIR R4 resources, alone or in bundles, become facts of persons, visits and diagnoses."""

from healthtrends.formats.fhir.decoder import FhirDecoder
from healthtrends.model.decoder import Decoder, DecoderOptions


def open_decoder(options: DecoderOptions) -> Decoder:
    """Make the decoder of this format."""
    return FhirDecoder(options)
