"""A drawn PDF made PDF/A-3: output intent, XMP, dates of issue, and the XML of the bill inside."""

import hashlib
import zlib
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from pikepdf import Array, Dictionary, Name, Object, ObjectStreamMode, Pdf, StreamDecodeLevel, String

from garage.documents.style import Description

FILE_NAME: Final = "factur-x.xml"
PRODUCER: Final = "ReportLab, pikepdf"
_FOLDER: Final = Path(__file__).parent / "data"
_SRGB: Final = "sRGB IEC61966-2.1"
_COMPRESSION: Final = 3  # twice as fast as the usual level and hardly larger


@cache
def _profile() -> bytes:
    return zlib.compress((_FOLDER / "sRGB.icc").read_bytes(), 9)


@cache
def _extension() -> str:
    """What tells a reader of PDF/A what the four properties of Factur-X are."""
    return (_FOLDER / "factur-x.xmp").read_text(encoding="utf-8")


def archived(content: bytes, about: Description, issued_on: date, xml: bytes | None) -> bytes:
    """The PDF as PDF/A-3b, with the XML as its associated file when there is one."""
    with Pdf.open(BytesIO(content)) as pdf:
        day = f"D:{issued_on:%Y%m%d}000000Z"
        pdf.docinfo[Name.CreationDate] = pdf.docinfo[Name.ModDate] = String(day)
        pdf.docinfo[Name.Producer] = String(PRODUCER)
        root = pdf.Root
        root.OutputIntents = Array([_intent(pdf)])
        root.Metadata = pdf.make_stream(_xmp(about, issued_on, electronic=xml is not None))
        root.Metadata.Type, root.Metadata.Subtype = Name.Metadata, Name.XML
        if xml is not None:
            spec = _attached(pdf, xml, day)
            root.AF = Array([spec])
            root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String(FILE_NAME), spec])))
            root.PageMode = Name.UseNone
        made = BytesIO()
        pdf.save(
            made,
            deterministic_id=True,
            compress_streams=False,
            stream_decode_level=StreamDecodeLevel.none,
            object_stream_mode=ObjectStreamMode.disable,
        )
    return made.getvalue()


def xml_inside(content: bytes) -> bytes | None:
    """The XML that a PDF was issued with; None when it has none."""
    with Pdf.open(BytesIO(content)) as pdf:
        file = pdf.attachments.get(FILE_NAME)
        return file.get_file().read_bytes() if file is not None else None


def _intent(pdf: Pdf) -> Object:
    profile = pdf.make_stream(_profile(), N=3, Filter=Name.FlateDecode)
    return Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String(_SRGB),
        Info=String(_SRGB),
        DestOutputProfile=profile,
    )


def _attached(pdf: Pdf, xml: bytes, day: str) -> Object:
    digest = hashlib.md5(xml, usedforsecurity=False).digest()
    file = pdf.make_stream(
        zlib.compress(xml, _COMPRESSION),
        Type=Name.EmbeddedFile,
        Subtype=Name("/text/xml"),
        Filter=Name.FlateDecode,
        Params=Dictionary(ModDate=String(day), CreationDate=String(day), Size=len(xml), CheckSum=String(digest)),
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String(FILE_NAME),
            UF=String(FILE_NAME),
            Desc=String("Données de la facture, EN 16931"),
            AFRelationship=Name.Data,
            EF=Dictionary(F=file, UF=file),
        )
    )


def _xmp(about: Description, issued_on: date, *, electronic: bool) -> bytes:
    day = f"{issued_on:%Y-%m-%d}T00:00:00Z"
    return _PACKET.format(
        title=escape(about.title),
        author=escape(about.author),
        subject=escape(about.subject),
        producer=PRODUCER,
        day=day,
        facturx=_extension() if electronic else "",
    ).encode()


_PACKET: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" \
xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>fr-FR</rdf:li></rdf:Bag></dc:language>
<pdf:Producer>{producer}</pdf:Producer>
<xmp:CreatorTool>{author}</xmp:CreatorTool>
<xmp:CreateDate>{day}</xmp:CreateDate><xmp:ModifyDate>{day}</xmp:ModifyDate>
</rdf:Description>
{facturx}</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
