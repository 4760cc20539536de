package import APIClient

/// Makes a cluster's configuration what a file says, and touches only what differs.
///
/// Kind by kind in the order of `CentreFile.Kind`; within a kind all entries are tried, so that all errors are seen at once; after a
/// kind with refusals the later kinds are left out. A PUT may be repeated safely, so whatever may have got lost is sent again.
package struct ApplyRun: Sendable {
    /// Attempts for one request while the cluster says “not now” (429, 503) or “may have happened” (504).
    package static let attempts = 6
    /// Longest wait between two attempts, whatever `Retry-After` says.
    package static let longestWait: Duration = .seconds(5)
    /// Pages of one member list, of 500 members each.
    package static let memberPages = 200

    private let api: any ConfigurationAPI
    private let isDryRun: Bool
    private let clock: any Clock<Duration>

    /// - Parameter isDryRun: only look for the differences.
    package init(api: any ConfigurationAPI, isDryRun: Bool, clock: any Clock<Duration> = ContinuousClock()) {
        self.api = api
        self.isDryRun = isDryRun
        self.clock = clock
    }

    /// Goes through the file and hands each result over as soon as it is known.
    ///
    /// Throws what the API client throws; what was handed over before has been done then. Run again to go on.
    package func run(_ file: CentreFile, each: (ApplyResult) -> Void) async throws -> ApplySummary {
        var summary = ApplySummary()
        for kind in CentreFile.Kind.allCases {
            let entries = file.entries.filter { $0.kind == kind }
            if summary.refused > 0 {
                summary.skipped += entries.count
                continue
            }
            for entry in entries {
                let result = ApplyResult(entry: entry, outcome: try await apply(entry))
                summary.results.append(result)
                each(result)
            }
        }
        return summary
    }

    private func apply(_ entry: CentreFile.Entry) async throws -> ApplyResult.Outcome {
        let path = Self.path(of: entry)
        let present = try await send("GET", path + (entry.kind == .members ? "?limit=500" : ""))
        var outcome = ApplyResult.Outcome.created
        switch present.status {
        case 404:
            // In a dry run the queue of a member list may be one that the same file creates.
            if entry.kind == .members && !isDryRun { return .refused(Self.reasons(present)) }
        case 200:
            let actual = try await whole(entry, present, path)
            let differences = FieldDifference.between(wanted: entry.body, actual: actual)
            if differences.isEmpty { return .unchanged }
            outcome = .changed(differences)
        default:
            return .refused(Self.reasons(present))
        }
        if isDryRun { return outcome }
        var headers: [(String, String)] = []
        if entry.kind != .members, let tag = present.header("ETag") { headers.append(("If-Match", tag)) }
        let answer = try await send("PUT", path, body: try entry.body.json(), headers: headers)
        return (200..<300).contains(answer.status) ? outcome : .refused(Self.reasons(answer))
    }

    /// The present value; a member list may come in pages.
    private func whole(_ entry: CentreFile.Entry, _ first: APIResponse, _ path: String) async throws -> JSONValue {
        var page = try Self.json(first)
        guard entry.kind == .members else { return page }
        var items = page["items"]?.items ?? []
        var pages = 1
        while let cursor = page["nextCursor"], cursor != .null {
            guard pages < Self.memberPages else { throw APIClientError.tooLarge }
            pages += 1
            let next = try await send("GET", path + "?limit=500&cursor=" + Self.escaped(cursor.text))
            page = try Self.json(next)
            items += page["items"]?.items ?? []
        }
        return .object(["items": .array(items)])
    }

    private func send(
        _ method: String, _ path: String, body: [UInt8]? = nil, headers: [(String, String)] = []
    ) async throws -> APIResponse {
        var attempt = 1
        while true {
            let mayRetry = attempt < Self.attempts
            do {
                let answer = try await api.send(method, path, body: body, headers: headers)
                guard [429, 503, 504].contains(answer.status), mayRetry else { return answer }
                let wait = answer.header("Retry-After").flatMap { Int($0) }.map { Duration.seconds($0) } ?? .seconds(1)
                try await clock.sleep(for: max(.milliseconds(100), min(wait, Self.longestWait)))
            } catch let error as APIClientError where mayRetry && attempt < 3 && error.isOfConnection {
                try await clock.sleep(for: .milliseconds(300))
            }
            attempt += 1
        }
    }

    private static func json(_ response: APIResponse) throws -> JSONValue {
        do {
            return try JSONValue(json: response.body)
        } catch {
            throw APIClientError.malformedResponse("status \(response.status) with a body that is not JSON")
        }
    }

    package static func path(of entry: CentreFile.Entry) -> String {
        switch entry.kind {
        case .skills, .agents, .queues: "/api/v1/\(entry.kind)/\(escaped(entry.id))"
        case .members: "/api/v1/queues/\(escaped(entry.id))/members"
        }
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986.
    package static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { result, byte in
            let character = Character(UnicodeScalar(byte))
            let isPlain = byte < 0x80 && (character.isLetter || character.isNumber || "-._~".contains(character))
            result += isPlain ? String(character) : "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }
    }

    /// What a refusal says (RFC 9457): each field with its pointer, or the detail, or the status alone.
    package static func reasons(_ response: APIResponse) -> [String] {
        guard let problem = try? JSONValue(json: response.body) else { return ["status \(response.status)"] }
        let fields = (problem["errors"]?.items ?? []).map { error in
            "\(error["pointer"]?.text ?? ""): \(error["detail"]?.text ?? "not accepted")"
        }
        if !fields.isEmpty { return fields }
        let title = problem["title"]?.text ?? "refused"
        let detail = problem["detail"].map { ": \($0.text)" } ?? ""
        return ["status \(response.status), \(title)\(detail)"]
    }
}
