"""Geographic indices."""


def geo(s):
    """Every command on places."""
    r = s.run
    r("geoadd", "g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"))
    r("geoadd", "g", (13.361389, 38.115556, "Palermo", 12.758489, 38.788135, "edge1", 17.241510, 38.788135, "edge2"))
    r("geoadd", "g", (13.5, 38.5, "Palermo"), nx=True)
    r("geoadd", "g", (13.5, 38.5, "new"), xx=True)
    r("geoadd", "g", (15.0873, 37.5027, "Catania"), ch=True)
    r("geoadd", "g", (1, 1, "x"), nx=True, xx=True)
    r("geoadd", "g", (200, 1, "x"))
    r("geoadd", "g", (1, 90, "x"))
    r("geoadd", "g", (1, 1))
    s.raws("GEOADD g a b c", "GEOADD g 1 2", "GEOADD g NX XX 1 2 x", "GEOADD g 1 2 x 3")
    r("geopos", "g", "Palermo", "missing", "Catania")
    r("geopos", "missing", "a")
    r("geopos", "g")
    r("geohash", "g", "Palermo", "missing", "Catania")
    r("geohash", "missing", "a")
    r("geodist", "g", "Palermo", "Catania")
    for unit in ("m", "km", "mi", "ft"):
        r("geodist", "g", "Palermo", "Catania", unit=unit)
    r("geodist", "g", "Palermo", "missing")
    r("geodist", "missing", "a", "b")
    r("geodist", "g", "Palermo", "Palermo")
    s.raws("GEODIST g Palermo Catania FOO", "GEODIST g a", "GEOPOS", "GEOHASH", "GEODIST g a b km x")

    r("geosearch", "g", longitude=15, latitude=37, radius=200, unit="km", sort="ASC")
    r("geosearch", "g", longitude=15, latitude=37, radius=200, unit="km", sort="DESC", withdist=True)
    r("geosearch", "g", longitude=15, latitude=37, width=400, height=400, unit="km", sort="ASC", withcoord=True,
      withdist=True,
      withhash=True)
    r("geosearch", "g", member="Palermo", radius=200, unit="km", sort="ASC", withcoord=True)
    r("geosearch", "g", member="Palermo", radius=200, unit="km", sort="ASC", count=1)
    r("geosearch", "g", member="Palermo", radius=1000, unit="mi", sort="ASC", count=2, withhash=True)
    r("geosearch", "g", member="Palermo", width=1, height=1, unit="m")
    r("geosearch", "g", member="Palermo", radius=1000, unit="km", count=1, any=True, normalise=len)
    r("geosearch", "g", member="missing", radius=200, unit="km")
    r("geosearch", "missing", longitude=15, latitude=37, radius=200, unit="km")
    r("geosearch", "g", longitude=15, latitude=37, radius=1, unit="km")
    s.raws("GEOSEARCH g FROMLONLAT 15 37", "GEOSEARCH g BYRADIUS 1 km",
           "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 parsec",
           "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS -1 km", "GEOSEARCH g FROMLONLAT x 37 BYRADIUS 1 km",
           "GEOSEARCH g FROMLONLAT 15 37 FROMMEMBER a BYRADIUS 1 km", "GEOSEARCH g FROMMEMBER Palermo BYBOX 1 -1 km",
           "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km COUNT 0", "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km ANY",
           "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km BYBOX 1 1 km",
           "GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km STORE x",
           "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 1 km FOO", "GEOSEARCH g FROMLONLAT 500 37 BYRADIUS 1 km")
    r("geosearchstore", "near", "g", longitude=15, latitude=37, radius=200, unit="km", sort="ASC", count=2)
    r("zrange", "near", 0, -1, withscores=True)
    r("geosearchstore", "near", "g", member="Palermo", width=800, height=800, unit="km", storedist=True)
    r("zrange", "near", 0, -1, withscores=True)
    r("geosearchstore", "near", "g", longitude=100, latitude=0, radius=1, unit="km")
    r("exists", "near")
    r("geosearchstore", "near", "missing", longitude=100, latitude=0, radius=1, unit="km")
    s.raws("GEOSEARCHSTORE near g FROMLONLAT 15 37 BYRADIUS 1 km WITHDIST")

    r("georadius", "g", 15, 37, 200, unit="km", sort="ASC")
    r("georadius", "g", 15, 37, 200, unit="km", withdist=True, withcoord=True, withhash=True, sort="DESC", count=2)
    r("georadius", "g", 15, 37, 200, unit="km", store="stored")
    r("zrange", "stored", 0, -1, withscores=True)
    r("georadius", "g", 15, 37, 200, unit="km", store_dist="stored")
    r("zrange", "stored", 0, -1, withscores=True)
    r("georadiusbymember", "g", "Palermo", 200, unit="km", sort="ASC")
    r("georadiusbymember", "g", "missing", 200, unit="km")
    r("georadiusbymember", "missing", "Palermo", 200, unit="km")
    s.raws("GEORADIUS_RO g 15 37 200 km ASC", "GEORADIUSBYMEMBER_RO g Palermo 100 km ASC",
           "GEORADIUS_RO g 15 37 200 km STORE x",
           "GEORADIUS g 15 37 x km", "GEORADIUS g 15 37 200 km STORE x WITHDIST", "GEORADIUS g 15 37 200 km COUNT -1",
           "GEORADIUS g 15 37")
    r("geoadd", "poles", (-180, 85.05112878, "nw", 180, -85.05112878, "se", 0, 0, "origin", 179.9, 10, "east",
                          -179.9, 10.5, "west"))
    r("geopos", "poles", "nw", "se", "origin")
    r("geohash", "poles", "nw", "se", "origin", "east", "west")
    r("geodist", "poles", "east", "west", unit="km")
    r("geosearch", "poles", member="east", radius=100, unit="km", sort="ASC")
    r("geosearch", "poles", longitude=0, latitude=0, width=40000, height=20000, unit="km", sort="ASC", withdist=True)
    for number in range(100):
        s.client.geoadd("grid", (number % 10, number // 10, f"p{number}"))
    r("geosearch", "grid", longitude=4.5, latitude=4.5, radius=160, unit="km", sort="ASC", withdist=True)
    r("geosearch", "grid", longitude=0.2, latitude=0.1, width=500, height=300, unit="km", sort="ASC")
    r("set", "string", "x")
    r("geoadd", "string", (1, 2, "x"))
    r("geopos", "string", "x")
    r("geodist", "string", "x", "y")
    r("geosearch", "string", longitude=15, latitude=37, radius=200, unit="km")
    r("type", "g")
    r("zscore", "g", "Palermo")
    s.digest()
