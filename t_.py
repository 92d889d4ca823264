import sys; sys.path.insert(0,'/tmp'); from shot import go
def play(t):
    t.locator("[data-part=play]").click(); t.wait_for_timeout(2500); t.locator("[data-part=play]").click(); t.wait_for_timeout(500); print(t.url)
go(("fit?lang=en&section=plane","/tmp/s1.png",1280,"light",play),("fit?lang=en&section=plane&step=1001","/tmp/s2.png",1280,"dark",None),("fit?lang=en","/tmp/s3full.png",390,"light",play))
