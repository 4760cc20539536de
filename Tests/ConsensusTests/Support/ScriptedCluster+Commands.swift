import Consensus

/// Why a transcript's command is none.
struct ScriptError: Error, CustomStringConvertible {
    let description: String
}

extension ScriptedCluster {
    /// Carries out one command; README.md beside the transcripts explains them.
    func run(_ line: String) throws {
        let words = line.split(separator: " ").map(String.init)
        guard let command = words.first else { return }
        let rest = Array(words.dropFirst())
        switch command {
        case "members", "set", "boot", "join", "crash", "damage", "forget", "restart": try runLife(command, rest)
        case "hold", "free", "persist", "cut", "heal", "snapshots": try runWorld(command, rest)
        case "status", "log", "configuration", "digests": try show(command, rest)
        default:
            try runInput(command, rest)
            settle()
        }
    }

    private func runLife(_ command: String, _ words: [String]) throws {
        switch command {
        case "set":
            for word in words { try set(word) }
        case "members":
            let parts = words.split(separator: "learners", omittingEmptySubsequences: false).map(Array.init)
            let voters = try parts[0].map(id)
            let learners = parts.count > 1 ? try parts[1].map(id) : []
            founding = SnapshotMark(founding: GroupConfiguration(voters: voters, learners: learners))
            for member in voters + learners { try start(member, Disk(founding)) }
        case "boot": try boot(try id(words, 0), Array(words.dropFirst()))
        case "join": try start(try id(words, 0), Disk(.nothing))
        case "crash":
            let replica = try id(words, 0)
            crashed[replica] = nodes[replica]?.disk
            crashed[replica]?.queue = []
            nodes[replica] = nil
        case "forget":
            crashed[try id(words, 0)]?.hardState = .initial
        case "damage":
            let kept = try number(words.count > 1 ? words[1] : "")
            crashed[try id(words, 0)]?.entries.removeAll { $0.index > kept }
        default:
            let replica = try id(words, 0)
            guard let disk = crashed[replica] else { throw ScriptError(description: "\(replica) has not crashed") }
            crashed[replica] = nil
            let witness = try words.compactMap { option($0, of: "witness") }.first.map { ReplicaID(try number($0)) }
            try start(replica, disk, condition: try condition(words), witness: witness)
            settle()
        }
    }

    private func set(_ word: String) throws {
        let value = try number(option(word, of: String(word.prefix { $0 != "=" })) ?? "")
        switch String(word.prefix { $0 != "=" }) {
        case "inflight": settings.inflightMessages = Int(value)
        case "inflightBytes": settings.inflightBytes = Int(value)
        case "messageEntries": settings.messageEntries = Int(value)
        case "uncommitted": settings.uncommittedBytes = Int(value)
        case "trailing": settings.trailingEntries = value
        case "transferLag": settings.transferLag = value
        case "jitter": settings.electionJitterTicks = Int(value)
        case "driverBeats": settings.heartbeatsByDriver = value == 1
        default: throw ScriptError(description: "no setting in \(word)")
        }
    }

    /// `boot 1 term=6 log=1,1,4 commit=2`: a replica of the members with a log of these terms.
    private func boot(_ replica: ReplicaID, _ words: [String]) throws {
        var disk = Disk(founding)
        var commit: UInt64 = 0
        var term: UInt64 = 0
        for word in words {
            if let text = option(word, of: "log") {
                let terms = try text.split(separator: ",").map { try number(String($0)) }
                disk.entries = zip(1..., terms).map { LogEntry(index: $0, term: $1, payload: Array("e\($0)".utf8)) }
            }
            if let text = option(word, of: "term") { term = try number(text) }
            if let text = option(word, of: "commit") { commit = try number(text) }
        }
        disk.hardState = HardState(term: term, vote: nil, commit: commit)
        try start(replica, disk, condition: try condition(words))
        settle()
    }

    private func condition(_ words: [String]) throws -> ReplicaCondition {
        for word in words {
            if let text = option(word, of: "tail") { return .tailUncertain(lost: try place(text)) }
            if let text = option(word, of: "hole") { return .repairing(through: try place(text)) }
        }
        return .intact
    }

    /// `9/t4`, or `unknown`.
    private func place(_ text: String) throws -> LogPosition? {
        if text == "unknown" { return nil }
        let parts = text.split(separator: "/")
        guard parts.count == 2 else { throw ScriptError(description: "\(text) is no place in a log") }
        return LogPosition(index: try number(String(parts[0])), term: try number(String(parts[1].dropFirst())))
    }

    private func runWorld(_ command: String, _ words: [String]) throws {
        switch command {
        case "hold": nodes[try id(words, 0)]?.isHeld = true
        case "free":
            nodes[try id(words, 0)]?.isHeld = false
            settle()
        case "persist":
            persist(try id(words, 0))
            settle()
        case "cut":
            for word in words {
                let ends = try word.split(whereSeparator: { "-><".contains($0) }).map { try id(String($0)) }
                cuts.insert(ends)
                if !word.contains(">") { cuts.insert(ends.reversed()) }
            }
        case "heal": cuts = []
        default: sendsSnapshots = words.first == "on"
        }
    }

    private func show(_ command: String, _ words: [String]) throws {
        let shown = words.isEmpty ? ids : try words.map(id)
        for replica in shown {
            guard let node = nodes[replica] else { continue }
            let status = node.group.status
            switch command {
            case "status":
                say(Describe.status(status))
                for member in status.members { say(Describe.member(member)) }
            case "log":
                let first = status.firstIndex
                let entries = first > status.last.index ? [] : (first...status.last.index).compactMap(node.group.entry)
                say("\(replica) from \(first): " + entries.map(Describe.entry).joined(separator: ", "))
            case "configuration": say("\(replica) \(status.configuration) since \(status.configurationIndex)")
            default: say("\(replica) applied \(node.application.index) digest \(node.application.digest)")
            }
        }
    }

    // MARK: words

    func option(_ word: String, of name: String) -> String? {
        word.hasPrefix(name + "=") ? String(word.dropFirst(name.count + 1)) : nil
    }

    func number(_ text: String) throws -> UInt64 {
        guard let number = UInt64(text) else { throw ScriptError(description: "\(text) is no number") }
        return number
    }

    func id(_ text: String) throws -> ReplicaID { ReplicaID(try number(text)) }

    func id(_ words: [String], _ position: Int) throws -> ReplicaID {
        guard words.count > position else { throw ScriptError(description: "a replica is missing in \(words)") }
        return try id(words[position])
    }
}
