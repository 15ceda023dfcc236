#!/usr/bin/env bash
# CDISC ODM 1.3.2 with one untyped and one typed answer (odmlib 0.2.1). The standard allows both.
# Expected: two answers, or an error.
# Seen: the typed one (ItemDataInteger) is gone, also from what is written back.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check odmlib==0.2.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
from pathlib import Path

import odmlib.loader as loading
import odmlib.odm_loader as reading

Path("a.xml").write_text("""<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Snapshot" FileOID="F.1"
 CreationDateTime="2026-01-01T00:00:00" ODMVersion="1.3.2">
<ClinicalData StudyOID="S.1" MetaDataVersionOID="M.1"><SubjectData SubjectKey="1">
<StudyEventData StudyEventOID="E.1"><FormData FormOID="FO.1"><ItemGroupData ItemGroupOID="IG.1">
<ItemData ItemOID="PHQ1" Value="2"/><ItemDataInteger ItemOID="PHQ2">3</ItemDataInteger>
</ItemGroupData></FormData></StudyEventData></SubjectData></ClinicalData></ODM>""")
loader = loading.ODMLoader(reading.XMLODMLoader(model_package="odm_1_3_2"))
loader.open_odm_document("a.xml")
event = loader.root().ClinicalData[0].SubjectData[0].StudyEventData[0]
group = event.FormData[0].ItemGroupData[0]
print("answers read:", [(item.ItemOID, item.Value) for item in group.ItemData])
assert [item.ItemOID for item in group.ItemData] == ["PHQ1"]
assert "PHQ2" not in group.to_xml_string()
PYTHON
