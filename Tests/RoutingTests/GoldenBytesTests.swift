import Foundation
import Primitives
import Routing
import Testing

/// The forms that logs, snapshots and links carry, byte by byte: `GoldenBytes+*.swift` beside this file.
///
/// A difference means that a log written before could no longer be read. Where a form is new, run these tests with
/// `REWRITE_GOLDEN=1` and review the difference of the tables; after a release it must only add lines (see `WireValue`).
@Suite struct GoldenBytesTests {
    private typealias Line = (name: String, bytes: [UInt8])

    private static let rewrites = ProcessInfo.processInfo.environment["REWRITE_GOLDEN"] != nil

    /// Every message by its case, those of one case counted. The tags run without a gap, and there is none beyond.
    private func lines<Message: WireValue & Equatable>(
        _ what: String, _ messages: [Message], tagAt offset: Int = 0, error: String? = nil,
        _ name: (Message) -> Any = { $0 }
    ) -> [Line] {
        var counts: [String: Int] = [:]
        let tags = Set(messages.map { $0.encoded[offset] }).sorted()
        let next = (tags.last ?? 0) + 1
        #expect(tags == Array((tags.first ?? 0)..<next))
        let beyond = [UInt8](repeating: 0, count: offset) + [next]
        #expect(throws: WireError.unknownTag(error ?? what, Int(next))) { try Message(decoding: beyond) }
        return messages.map { message in
            let value = name(message)
            let label = Mirror(reflecting: value).children.first?.label ?? "\(value)"
            counts[label, default: 0] += 1
            let number = counts[label, default: 1]
            return ("\(what) \(label)" + (number == 1 ? "" : " (\(number))"), message.encoded)
        }
    }

    private func lines<E>(_ states: [NamedState<E>]) -> [Line] {
        states.map { ("state \($0.name)", $0.state.stateBytes) }
    }

    /// What the table says of each name.
    private func bytes(_ table: String) throws -> [String: [UInt8]] {
        var all: [String: [UInt8]] = [:]
        var name = ""
        for line in table.split(separator: "\n") {
            guard line.hasPrefix("  ") else {
                name = String(line)
                #expect(all.updateValue([], forKey: name) == nil, "\(name) stands twice")
                continue
            }
            let digits = Array(line.dropFirst(2))
            for index in stride(from: 0, to: digits.count - 1, by: 2) {
                all[name, default: []].append(try #require(UInt8(String(digits[index...index + 1]), radix: 16)))
            }
        }
        return all
    }

    /// Holds the lines against the table, or writes the table anew.
    private func check(_ table: String, _ property: String, _ lines: [Line]) throws {
        guard !Self.rewrites else { return try write(property, lines) }
        let golden = try bytes(table)
        #expect(golden.keys.sorted() == lines.map(\.name).sorted())
        for (name, bytes) in lines { #expect(golden[name]?.hex == bytes.hex, "\(property): \(name)") }
    }

    private func write(_ property: String, _ lines: [Line]) throws {
        var text = "// Written by GoldenBytesTests with REWRITE_GOLDEN=1; its comment says when that is right.\n"
        text += "extension GoldenBytes {\n    static let \(property) = \"\"\"\n"
        for (name, bytes) in lines {
            text += "        \(name)\n"
            for start in stride(from: 0, to: bytes.count, by: 48) {
                text += "          \(Array(bytes[start..<min(start + 48, bytes.count)]).hex)\n"
            }
        }
        text += "        \"\"\"\n}\n"
        let name = "GoldenBytes+\(property.prefix(1).uppercased())\(property.dropFirst()).swift"
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        Issue.record("\(name) is written anew; run again without REWRITE_GOLDEN", severity: .warning)
    }

    /// What an older build has written is read as what it meant.
    private func reads<Message: WireValue & Equatable>(
        _ table: String, _ what: String, _ messages: [Message]
    ) throws {
        guard !Self.rewrites else { return }
        let golden = try bytes(table).filter { $0.key.hasPrefix(what + " ") }.values
        #expect(golden.count == messages.count)
        for bytes in golden { #expect(messages.contains(try Message(decoding: bytes))) }
    }

    private func reads<E>(_ table: String, _ states: [NamedState<E>]) throws {
        guard !Self.rewrites else { return }
        let golden = try bytes(table)
        for named in states {
            let bytes = try #require(golden["state \(named.name)"])
            #expect(try E(key: named.key, stateBytes: bytes) == named.state)
        }
    }

    @Test func `a queue's messages, events and states have these bytes`() throws {
        let lines =
            lines("queue event", Samples.queueEvents)
            + lines("queue command", Samples.queueCommands) + lines("queue reply", Samples.queueReplies)
            + lines(Samples.queueStates)
        try check(GoldenBytes.queue, "queue", lines)
        try reads(GoldenBytes.queue, "queue event", Samples.queueEvents)
        try reads(GoldenBytes.queue, "queue command", Samples.queueCommands)
        try reads(GoldenBytes.queue, "queue reply", Samples.queueReplies)
        try reads(GoldenBytes.queue, Samples.queueStates)
    }

    @Test func `an agent's messages, events and states have these bytes`() throws {
        let lines =
            lines("agent event", Samples.agentEvents)
            + lines("agent command", Samples.agentCommands) + lines("agent reply", Samples.agentReplies)
            + lines(Samples.agentStates)
        try check(GoldenBytes.agent, "agent", lines)
        try reads(GoldenBytes.agent, "agent event", Samples.agentEvents)
        try reads(GoldenBytes.agent, "agent command", Samples.agentCommands)
        try reads(GoldenBytes.agent, "agent reply", Samples.agentReplies)
        try reads(GoldenBytes.agent, Samples.agentStates)
    }

    @Test func `a conversation's messages, events and states have these bytes`() throws {
        let lines =
            lines("conversation event", Samples.conversationEvents)
            + lines("conversation command", Samples.conversationCommands)
            + lines("conversation reply", Samples.conversationReplies)
            + lines(Samples.conversationStates)
        try check(GoldenBytes.conversation, "conversation", lines)
        try reads(GoldenBytes.conversation, "conversation event", Samples.conversationEvents)
        try reads(GoldenBytes.conversation, "conversation command", Samples.conversationCommands)
        try reads(GoldenBytes.conversation, "conversation reply", Samples.conversationReplies)
        try reads(GoldenBytes.conversation, Samples.conversationStates)
    }

    @Test func `the centre's messages, events and states have these bytes`() throws {
        let lines =
            lines("centre event", Samples.centreEvents, tagAt: 8, error: "centre change") { $0.what }
            + lines("centre command", Samples.centreCommands) + lines("centre reply", Samples.centreReplies)
            + lines(Samples.centreStates)
        try check(GoldenBytes.centre, "centre", lines)
        try reads(GoldenBytes.centre, "centre event", Samples.centreEvents)
        try reads(GoldenBytes.centre, "centre command", Samples.centreCommands)
        try reads(GoldenBytes.centre, "centre reply", Samples.centreReplies)
        try reads(GoldenBytes.centre, Samples.centreStates)
    }
}

/// The tables that ``GoldenBytesTests`` holds the forms against: a name, and the bytes below it.
enum GoldenBytes {}
