extension MalformedRequestTests {
    static let configuration: [Case] = [
        Case(name: "list instead of object", method: "PUT", path: skill, body: text("[]"), status: 422, pointers: [""]),
        Case(
            name: "missing name", method: "PUT", path: skill, body: text("{}"), status: 422, type: "invalid-fields",
            pointers: ["/name"]),
        Case(
            name: "null for a needed field", method: "PUT", path: skill, body: text("{\"name\":null}"), status: 422,
            pointers: ["/name"]),
        Case(
            name: "several errors at once", method: "PUT", path: skill,
            body: text("{\"name\":7,\"kind\":\"colour\",\"extra\":1}"), status: 422,
            pointers: ["/name", "/kind", "/extra"], detail: "unknown field"),
        Case(
            name: "pointer with escapes", method: "PUT", path: skill, body: text("{\"name\":\"N\",\"a/b~c\":1}"),
            status: 422, pointers: ["/a~1b~0c"]),
        Case(
            name: "bad id in the path", method: "PUT", path: "/api/v1/skills/n%C3%BC", body: text("{\"name\":\"N\"}"),
            status: 422),
        Case(
            name: "other id in the body", method: "PUT", path: skill, body: text("{\"id\":\"old\",\"name\":\"N\"}"),
            status: 422, pointers: ["/id"]),
        Case(
            name: "bullseye", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"routing\":{\"then\":\"bullseye\"}}"), status: 422, pointers: ["/routing"],
            detail: "not yet supported"),
        Case(
            name: "rings and overflow", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"routing\":{\"then\":\"bullseye\"},\"overflow\":{\"action\":\"end\"}}"),
            status: 422, pointers: ["/routing", "/overflow"], detail: "not yet supported"),
        Case(
            name: "unknown rules", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"ordering\":\"random\",\"evaluation\":\"best\",\"idleClock\":\"none\"}"),
            status: 422, pointers: ["/ordering", "/evaluation", "/idleClock"]),
        Case(
            name: "window that nothing looks through", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"candidateWindow\":100}"), status: 422, pointers: ["/candidateWindow"]),
        Case(
            name: "base priority out of range", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"basePriority\":{\"voice\":25000001,\"fax\":1}}"), status: 422,
            pointers: ["/basePriority/voice", "/basePriority/fax"]),
        Case(
            name: "decline rules of another kind", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"autoAnswer\":1,\"declineAction\":\"away\",\"declineReturn\":0}"), status: 422,
            pointers: ["/autoAnswer", "/declineAction", "/declineReturn"]),
        Case(
            name: "work items", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"mediaTypes\":[\"voice\",\"workitem\"]}"), status: 422,
            pointers: ["/mediaTypes/1"], detail: "not yet supported"),
        Case(
            name: "no media", method: "PUT", path: queue, body: text("{\"name\":\"Q\",\"mediaTypes\":[]}"), status: 422,
            pointers: ["/mediaTypes"]),
        Case(
            name: "medium twice", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"mediaTypes\":[\"voice\",\"voice\"]}"), status: 422,
            pointers: ["/mediaTypes/1"]),
        Case(
            name: "alert too long", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"alertSeconds\":{\"voice\":901}}"), status: 422,
            pointers: ["/alertSeconds/voice"]),
        Case(
            name: "alert of a fraction", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"alertSeconds\":{\"voice\":1.5}}"), status: 422,
            pointers: ["/alertSeconds/voice"]),
        Case(
            name: "alert of an unknown medium", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"alertSeconds\":{\"fax\":10}}"), status: 422, pointers: ["/alertSeconds/fax"]),
        Case(
            name: "code that is none of the codes", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"wrapUpCodes\":[\"a\"],\"defaultWrapUpCode\":\"b\"}"), status: 422,
            pointers: ["/defaultWrapUpCode"]),
        Case(
            name: "timed work without time", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"wrapUpCodes\":[\"a\"],\"afterContactWork\":{\"kind\":\"mandatoryTimed\"}}"),
            status: 422, pointers: ["/afterContactWork/seconds"]),
        Case(
            name: "mandatory work without codes", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"afterContactWork\":\"mandatory\"}"), status: 422, pointers: ["/wrapUpCodes"]),
        Case(
            name: "service level over 100", method: "PUT", path: queue,
            body: text("{\"name\":\"Q\",\"serviceLevel\":{\"chat\":{\"percent\":101,\"seconds\":0}}}"), status: 422,
            pointers: ["/serviceLevel/chat/percent", "/serviceLevel/chat/seconds"]),
        Case(
            name: "draining", method: "DELETE", path: "/api/v1/queues/service?drainTo=other", status: 422,
            type: "not-yet-supported"),
        Case(name: "queue with work", method: "DELETE", path: "/api/v1/queues/service", status: 409, type: "conflict"),
        Case(name: "skill in use", method: "DELETE", path: "/api/v1/skills/billing", status: 409),
        Case(
            name: "proficiency over 5", method: "PUT", path: agent,
            body: text("{\"name\":\"A\",\"skills\":[{\"skill\":\"billing\",\"proficiency\":5.1}]}"), status: 422,
            pointers: ["/skills/0/proficiency"]),
        Case(
            name: "proficiency between steps", method: "PUT", path: agent,
            body: text("{\"name\":\"A\",\"skills\":[{\"skill\":\"billing\",\"proficiency\":2.55}]}"), status: 422,
            pointers: ["/skills/0/proficiency"]),
        Case(
            name: "skill twice", method: "PUT", path: agent,
            body: text("{\"name\":\"A\",\"skills\":[{\"skill\":\"billing\"},{\"skill\":\"billing\"}]}"), status: 422,
            pointers: ["/skills/1/skill"]),
        Case(
            name: "too much at once", method: "PUT", path: agent,
            body: text("{\"name\":\"A\",\"utilization\":{\"media\":{\"chat\":{\"maximum\":26}}}}"), status: 422,
            pointers: ["/utilization/media/chat/maximum"]),
        Case(
            name: "interruption", method: "PUT", path: agent,
            body: text("{\"name\":\"A\",\"utilization\":{\"media\":{\"email\":{\"mayBeInterruptedBy\":[\"voice\"]}}}}"),
            status: 422, pointers: ["/utilization/media/email/mayBeInterruptedBy"], detail: "not yet supported"),
        Case(
            name: "groups", method: "PUT", path: agent,
            body: text("{\"name\":\"A\",\"groups\":[\"g\"],\"reconnectSeconds\":5}"), status: 422,
            pointers: ["/groups", "/reconnectSeconds"], detail: "not yet supported"),
        Case(
            name: "member in another ring", method: "PUT", path: "/api/v1/queues/service/members/ana",
            body: text("{\"ring\":2}"), status: 422, pointers: ["/ring"], detail: "not yet supported"),
        Case(
            name: "member twice", method: "PUT", path: "/api/v1/queues/service/members",
            body: text("{\"items\":[{\"agent\":\"ana\"},{\"agent\":\"ana\"}]}"), status: 422,
            pointers: ["/items/1/agent"]),
        Case(
            name: "members of nothing", method: "PUT", path: "/api/v1/queues/nothing/members",
            body: text("{\"items\":[]}"), status: 404),
    ]
}
