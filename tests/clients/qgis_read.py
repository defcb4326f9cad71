"""Reads collections as QGIS does when a layer is added, and tells what it saw as JSON: run by the Python that QGIS belongs to.

qgis_read.py URL COLLECTION ATTRIBUTE ...
"""
import json
import sys

from qgis.core import Qgis, QgsApplication, QgsVectorLayer


def read(url: str, collection: str, attribute: str) -> dict:
    layer = QgsVectorLayer(f"url='{url}/' typename='{collection}' pagingEnabled='true' pageSize='500'", collection, "OAPIF")
    if not layer.isValid():
        return {"valid": False, "error": layer.error().message()}
    values, boxes = {}, []
    for feature in layer.getFeatures():
        values[feature["id"]] = feature[attribute] or None
        boxes.append(feature.geometry().boundingBox())
    return {
        "valid": True,
        "crs": layer.crs().authid(),
        "count": layer.featureCount(),
        "values": values,
        "west": min(box.xMinimum() for box in boxes),
        "south": min(box.yMinimum() for box in boxes),
        "east": max(box.xMaximum() for box in boxes),
        "north": max(box.yMaximum() for box in boxes),
    }


def main(url: str, *wanted: str) -> None:
    application = QgsApplication([], False)
    application.initQgis()
    layers = {collection: read(url, collection, attribute) for collection, attribute in zip(wanted[::2], wanted[1::2])}
    json.dump({"version": Qgis.QGIS_VERSION, "layers": layers}, sys.stdout, default=str)
    application.exitQgis()


main(*sys.argv[1:])
