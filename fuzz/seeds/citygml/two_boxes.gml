<?xml version="1.0" encoding="UTF-8"?>
<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:bldg="http://www.opengis.net/citygml/building/2.0" xmlns:gml="http://www.opengis.net/gml">
<gml:boundedBy><gml:Envelope srsName="urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837" srsDimension="3"><gml:lowerCorner>696000 5347000 480</gml:lowerCorner><gml:upperCorner>696040 5347010 486</gml:upperCorner></gml:Envelope></gml:boundedBy>
<core:cityObjectMember><bldg:Building gml:id="well"><bldg:measuredHeight uom="m">6.0</bldg:measuredHeight><bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>
<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">696000 5347000 480 696000 5347010 480 696010 5347010 480 696010 5347000 480 696000 5347000 480</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">696000 5347000 480 696010 5347000 480 696010 5347000 486 696000 5347000 486 696000 5347000 480</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">696010 5347000 480 696010 5347010 480 696010 5347010 486 696010 5347000 486 696010 5347000 480</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">696010 5347010 480 696000 5347010 480 696000 5347010 486 696010 5347010 486 696010 5347010 480</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">696000 5347010 480 696000 5347000 480 696000 5347000 486 696000 5347010 486 696000 5347010 480</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">696000 5347000 486 696010 5347000 486 696010 5347010 486 696000 5347010 486 696000 5347000 486</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid></bldg:Building></core:cityObjectMember>
<!-- open -->
<core:cityObjectMember><bldg:Building gml:id="open"><bldg:measuredHeight uom="m">6.0</bldg:measuredHeight><bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>
<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">696030 5347000 480 696030 5347010 480 696040 5347010 480 696040 5347000 480 696030 5347000 480</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">696030 5347000 480 696040 5347000 480 696040 5347000 486 696030 5347000 486 696030 5347000 480</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">696040 5347000 480 696040 5347010 480 696040 5347010 486 696040 5347000 486 696040 5347000 480</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">696040 5347010 480 696030 5347010 480 696030 5347010 486 696040 5347010 486 696040 5347010 480</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">696030 5347010 480 696030 5347000 480 696030 5347000 486 696030 5347010 486 696030 5347010 480</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>
</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid></bldg:Building></core:cityObjectMember>
<!-- /open -->
</core:CityModel>
