/// The append messages under way to one follower, oldest first.
package struct InflightWindow: Sendable {
    private struct Message: Sendable {
        let lastIndex: UInt64
        let bytes: Int
    }

    private var messages: [Message] = []
    private var done = 0
    package private(set) var bytes = 0

    package init() {}

    package var count: Int { messages.count - done }

    package func isFull(messages limit: Int, bytes byteLimit: Int) -> Bool { count >= limit || bytes >= byteLimit }

    package mutating func add(lastIndex: UInt64, bytes size: Int) {
        messages.append(Message(lastIndex: lastIndex, bytes: size))
        bytes += size
    }

    /// Forgets the messages that the follower has answered by accepting up to `index`.
    package mutating func free(upTo index: UInt64) {
        while done < messages.count, messages[done].lastIndex <= index {
            bytes -= messages[done].bytes
            done += 1
        }
        if done == messages.count {
            messages.removeAll(keepingCapacity: true)
            done = 0
        } else if done > 64 && done * 2 > messages.count {
            messages.removeSubrange(..<done)
            done = 0
        }
    }

    package mutating func reset() {
        messages.removeAll(keepingCapacity: true)
        done = 0
        bytes = 0
    }
}
