#!/usr/bin/env python3
"""Writes crates/formats/src/citygml/schema.tsv from a folder with the CityGML schemas (citygml/1.0, citygml/2.0, citygml/3.0).

A line a type: version, name, what it extends, and its own properties in the order of its sequence. A property is
`module:name=kind`, where the kind is a simple type, the type of a geometry, or `>` and the element that it holds.

    scripts/schema_table.py SCHEMAS > crates/formats/src/citygml/schema.tsv
"""
import os
import sys
import xml.etree.ElementTree as ET

XS = "{http://www.w3.org/2001/XMLSchema}"
PREFIX = {
    "appearance": "app", "bridge": "brid", "building": "bldg", "cityfurniture": "frn", "cityobjectgroup": "grp",
    "construction": "con", "dynamizer": "dyn", "generics": "gen", "landuse": "luse", "pointcloud": "pcl",
    "relief": "dem", "transportation": "tran", "tunnel": "tun", "vegetation": "veg", "versioning": "vers",
    "waterbody": "wtr", "texturedsurface": "tex", "codelistmetadata": "code",
}
GML = {
    "1.0": "gml:metaDataProperty=any gml:description=string gml:name=code",
    "2.0": "gml:metaDataProperty=any gml:description=string gml:name=code",
    "3.0": "gml:metaDataProperty=any gml:description=string gml:descriptionReference=ref gml:identifier=code gml:name=code",
}


def module(uri):
    if uri.startswith("http://www.opengis.net/citygml/"):
        name = uri[len("http://www.opengis.net/citygml/"):].split("/")[0]
        return PREFIX.get(name, "core" if name[:1].isdigit() else None)
    if uri.startswith("http://www.opengis.net/gml"):
        return "gml"
    if uri.startswith("urn:oasis"):
        return "xAL"
    return "xs" if uri.endswith("XMLSchema") else None


class Schema:
    def __init__(self, path):
        spaces = {}
        for _, (prefix, uri) in ET.iterparse(path, events=["start-ns"]):
            spaces.setdefault(prefix, uri)
        self.root = ET.parse(path).getroot()
        self.spaces = spaces
        self.own = module(self.root.get("targetNamespace"))

    def name(self, text):
        if text is None:
            return None
        prefix, _, local = text.rpartition(":")
        if prefix == "" and "" not in self.spaces:
            return f"{self.own}:{local}"
        return f"{module(self.spaces[prefix]) or prefix}:{local}"


def load(folder):
    types, elements = {}, {}
    for file in sorted(os.listdir(folder)):
        if not file.endswith(".xsd") or file == "codeListMetaData.xsd":
            continue
        schema = Schema(os.path.join(folder, file))
        for node in schema.root:
            if node.tag in (f"{XS}complexType", f"{XS}simpleType"):
                types[f"{schema.own}:{node.get('name')}"] = (schema, node)
            elif node.tag == f"{XS}element":
                elements[f"{schema.own}:{node.get('name')}"] = (
                    schema, schema.name(node.get("type")), schema.name(node.get("substitutionGroup")))
    return types, elements


def kind(name, types, node=None, schema=None):
    """What a property holds."""
    if name is None:
        inner = node.find(f"{XS}complexType") if node is not None else None
        ref = inner.find(f".//{XS}element") if inner is not None else None
        return f">{schema.name(ref.get('ref'))}" if ref is not None and ref.get("ref") else "any"
    plain = {
        "xs:string": "string", "xs:integer": "integer", "xs:nonNegativeInteger": "integer", "xs:boolean": "boolean",
        "xs:double": "double", "xs:date": "date", "xs:dateTime": "dateTime", "xs:gYear": "gYear", "xs:anyURI": "uri",
        "xs:duration": "duration", "gml:CodeType": "code", "gml:LengthType": "measure", "gml:MeasureType": "measure",
        "gml:AreaType": "measure", "gml:VolumeType": "measure", "gml:MeasureOrNullListType": "measures",
        "gml:MeasureOrNilReasonListType": "measures", "gml:ReferenceType": "ref", "gml:TimePositionType": "time",
    }
    if name in plain:
        return plain[name]
    if name.startswith("gml:"):
        return name
    schema, node = types.get(name, (None, None))
    if node is None:
        return "any"
    if node.tag == f"{XS}simpleType":
        restriction = node.find(f"{XS}restriction")
        base = schema.name(restriction.get("base")) if restriction is not None else None
        is_number = base in ("xs:integer", "xs:int")
        return "integer" if is_number else "string" if base is None or base.startswith("xs:") else kind(base, types)
    ref = next((e for e in node.iter(f"{XS}element") if e.get("ref")), None)
    simple = node.find(f".//{XS}simpleContent")
    if simple is not None:
        return "code"
    if ref is None:
        extended = node.find(f".//{XS}extension")
        if extended is None:
            extended = node.find(f".//{XS}restriction")
        return kind(schema.name(extended.get("base")), types) if extended is not None else "any"
    return f">{schema.name(ref.get('ref'))}"


def own_elements(node):
    """Those of the type's own sequence, not of types inside."""
    for child in node:
        if child.tag == f"{XS}element":
            yield child
        elif child.tag != f"{XS}annotation":
            yield from own_elements(child)


def properties(schema, node, types, elements):
    found = []
    for element in own_elements(node):
        ref, name = schema.name(element.get("ref")), element.get("name")
        if name:
            found.append(f"{schema.own}:{name}={kind(schema.name(element.get('type')), types, element, schema)}")
        elif ref and not ref.startswith("gml:") and "_Generic" in ref:
            continue
        elif ref in elements:
            found.append(f"{ref}={kind(elements[ref][1], types)}")
        elif ref:
            found.append(f"{ref}=any")
    return found


def main(root):
    print("version\ttype\textends\tproperties")
    for version in ("1.0", "2.0", "3.0"):
        types, elements = load(os.path.join(root, "citygml", version))
        print(f"{version}\tgml:AbstractFeature\t\t{GML[version]}")
        element_of = {type_name: name for name, (_, type_name, _) in elements.items()}
        for name in sorted(elements):
            schema, type_name, head = elements[name]
            if type_name not in types or ":_Generic" in name or ":ADEOf" in name:
                continue
            if types[type_name][1].tag == f"{XS}simpleType" or name.split(":")[1][0].islower():
                continue
            type_schema, node = types[type_name]
            extension = node.find(f".//{XS}extension")
            base = type_schema.name(extension.get("base")) if extension is not None else None
            extends = element_of.get(base) if base and not base.startswith("gml:") else None
            if extends is None and base and base.startswith("gml:Abstract") and "Feature" in base:
                extends = "gml:AbstractFeature"
            if extends is None and base in ("gml:AbstractGMLType",):
                extends = ""
            line = properties(type_schema, node, types, elements)
            # Both stand in for the hook at the end of this type's sequence.
            if name == "core:_CityObject":
                line += ["app:appearance=>app:Appearance", "gen:genericAttribute=generic"]
            line = [text.replace("=>core:AbstractGenericAttribute", "=generic") for text in line]
            print(f"{version}\t{name}\t{extends or ''}\t{' '.join(line)}")


main(sys.argv[1])
