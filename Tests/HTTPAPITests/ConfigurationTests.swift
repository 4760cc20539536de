import HTTPAPI
import JSONDocuments
import Testing

/// Writing and reading the configuration.
@Suite struct ConfigurationTests {
    @Test func `documents are created, replaced, listed and removed under their versions`() async throws {
        try await TestServer.run { server in
            let admin = try server.client("admin")
            let path = "/api/v1/skills/billing"
            let created = try await admin.send("PUT", path, json: ["name": "Billing"])
            #expect(created.status == 201)
            let tag = try #require(created.header("ETag"))
            let same = try await admin.send("PUT", path, json: ["name": "Billing", "kind": "skill"])
            #expect(same.status == 200 && same.header("ETag") == tag, "nothing changed")
            let other = try await admin.send("PUT", path, json: ["name": "Bills"], headers: [("If-Match", tag)])
            #expect(other.status == 200)
            let stale = try await admin.send("PUT", path, json: ["name": "X"], headers: [("If-Match", tag)])
            #expect(stale.status == 412)
            let again = try await admin.send("PUT", path, json: ["name": "X"], headers: [("If-None-Match", "*")])
            #expect(again.status == 412)
            let any = try await admin.send("PUT", path, json: ["name": "Y"], headers: [("If-Match", "*")])
            #expect(any.status == 200)
            let absent = try await admin.send(
                "PUT", "/api/v1/skills/none", json: ["name": "N"], headers: [("If-Match", "*")])
            #expect(absent.status == 412)
            let read = try await admin.send("GET", path)
            #expect(try read.body == ["id": "billing", "name": "Y", "kind": "skill"])
            let written = try await admin.send("PUT", path, read.bytes)
            #expect(written.status == 200, "what is read can be written")
            #expect(try await admin.send("DELETE", path).status == 204)
            #expect(try await admin.send("GET", path).status == 404)
            #expect(try await admin.send("DELETE", path).status == 404)
        }
    }

    @Test func `lists come in pages that neither skip nor repeat`() async throws {
        try await TestServer.run { server in
            let admin = try server.client("admin")
            for number in 10..<17 {
                let answer = try await admin.send("PUT", "/api/v1/skills/s\(number)", json: ["name": "S"])
                #expect(answer.status == 201)
            }
            var seen: [String] = []
            var path = "/api/v1/skills?limit=3"
            for _ in 0..<4 {
                let body = try await admin.send("GET", path).body
                seen += body["items"]?.list?.compactMap { $0["id"]?.text } ?? []
                guard let cursor = body["nextCursor"]?.text else { break }
                path = "/api/v1/skills?limit=3&cursor=\(cursor)"
            }
            #expect(seen == (10..<17).map { "s\($0)" })
        }
    }

    @Test func `what is in use stays, and broken references are told with their places`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            let admin = centre.admin
            #expect(try await admin.send("DELETE", "/api/v1/skills/billing").status == 409)
            let agent = try await admin.send(
                "PUT", "/api/v1/agents/ben",
                json: ["name": "Ben", "skills": [["skill": "german"], ["skill": "magic"]]])
            #expect(agent.status == 422)
            #expect(try agent.body["errors"]?.list?.first?["pointer"]?.text == "/skills/1/skill")
            let members = try await admin.send(
                "PUT", "/api/v1/queues/service/members", json: ["items": [["agent": "nobody"]]])
            #expect(members.status == 422)
            #expect(try members.body["errors"]?.list?.first?["pointer"]?.text == "/items/0/agent")
            let bare = try await admin.send("PUT", "/api/v1/queues/service/members", json: [["agent": "nobody"]])
            #expect(try bare.body["errors"]?.list?.first?["pointer"]?.text == "/0/agent")
            _ = try await centre.create()
            #expect(try await admin.send("DELETE", "/api/v1/queues/service").status == 409, "work waits")
        }
    }

    @Test func `one member is added and removed`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            try await centre.put("/agents/ben", ["name": "Ben"])
            let path = "/api/v1/queues/service/members"
            #expect(try await centre.admin.send("PUT", "\(path)/ben", json: [:]).status == 201)
            #expect(try await centre.admin.send("PUT", "\(path)/ben", json: ["agent": "ben"]).status == 200)
            #expect(try await centre.admin.send("PUT", "\(path)/nobody", json: [:]).status == 404)
            let both = try await centre.admin.send("GET", path).body["items"]?.list?.compactMap { $0["agent"]?.text }
            #expect(both == ["ana", "ben"])
            #expect(try await centre.admin.send("DELETE", "\(path)/ben").status == 204)
            #expect(try await centre.admin.send("DELETE", "\(path)/ben").status == 404)
            #expect(try await centre.admin.send("DELETE", "/api/v1/agents/ana").status == 204)
            let none = try await centre.admin.send("GET", path).body["items"]?.list
            #expect(none == [], "a removed agent is no member")
        }
    }

    @Test func `neutral values are taken and come back`() async throws {
        try await TestServer.run { server in
            let admin = try server.client("admin")
            let body: JSONValue = [
                "name": "Q", "ordering": "priorityAndAge", "evaluation": "allSkills", "idleClock": "any",
                "routing": ["then": "standard"], "autoAnswer": false, "declineAction": "stayAvailable",
                "declineReturn": "rank", "afterContactWork": "optional", "whenClosing": "keep", "callback": .null,
            ]
            let written = try await admin.send("PUT", "/api/v1/queues/q", json: body)
            #expect(written.status == 201, "\(written)")
            #expect(try written.body["evaluation"]?.text == "allSkills")
            #expect(try written.body["afterContactWork"] == ["kind": "optional"])
            let again = try await admin.send("PUT", "/api/v1/queues/q", written.bytes)
            #expect(again.status == 200, "\(again)")
        }
    }

    @Test func `rules of a queue come back as they were written`() async throws {
        try await TestServer.run { server in
            let admin = try server.client("admin")
            let rules: [JSONValue] = [
                [
                    "ordering": "priority", "basePriority": ["voice": 3, "chat": -2],
                    "evaluation": "bestAvailableSkills",
                    "candidateWindow": 100, "idleClock": "lastInteraction", "autoAnswer": true,
                    "declineAction": "notResponding", "declineReturn": "front",
                ],
                ["evaluation": "leastLoaded", "secondsPerPriorityPoint": 0, "idleClock": "inboundOnly"],
                ["evaluation": "disregardSkills"],
            ]
            for rule in rules {
                let body = JSONValue.object([.init("name", "Q")] + (rule.members ?? []))
                let written = try await admin.send("PUT", "/api/v1/queues/q", json: body)
                #expect(written.status == 201 || written.status == 200, "\(written)")
                let read = try await admin.send("GET", "/api/v1/queues/q").body
                for member in rule.members ?? [] { #expect(read[member.name] == member.value, "\(member.name)") }
                #expect(try await admin.send("PUT", "/api/v1/queues/q", json: read).status == 200)
            }
        }
    }

    @Test func `divisions hide what is outside them`() async throws {
        try await TestServer.run { server in
            let centre = try await SampleCentre(server)
            let id = try await centre.create()
            let paths = [
                "/queues/service", "/agents/ana", "/queues/service/members", "/queues/service/waiting",
                "/conversations/\(id)",
            ]
            let north = TestClient(
                server: server, token: try TestServer.token("s", ["supervisor"], divisions: ["north"]))
            let south = TestClient(
                server: server, token: try TestServer.token("s", ["supervisor"], divisions: ["south"]))
            for path in paths {
                #expect(try await north.send("GET", "/api/v1\(path)").status == 200, "\(path)")
                #expect(try await south.send("GET", "/api/v1\(path)").status == 404, "\(path)")
            }
            for list in ["/queues", "/agents", "/conversations"] {
                #expect(try await north.send("GET", "/api/v1\(list)").body["items"]?.list?.count == 1, "\(list)")
                #expect(try await south.send("GET", "/api/v1\(list)").body["items"]?.list?.count == 0, "\(list)")
            }
            let outside = TestClient(
                server: server, token: try TestServer.token("i", ["integration"], divisions: ["south"]))
            let refused = try await outside.send("POST", "/api/v1/conversations", json: SampleCentre.chat)
            #expect(refused.status == 422)
            #expect(try await outside.send("POST", "/api/v1/conversations/\(id)/end").status == 404)
        }
    }
}
