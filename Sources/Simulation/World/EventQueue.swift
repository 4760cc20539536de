internal import Primitives

/// What happens next in virtual time: earliest first, and in order of scheduling at one instant.
struct EventQueue {
    struct Event {
        let time: Instant
        let order: UInt64
        let run: () -> Void
    }

    private var heap: [Event] = []
    private var scheduled: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func schedule(at time: Instant, _ run: @escaping () -> Void) {
        scheduled += 1
        heap.append(Event(time: time, order: scheduled, run: run))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeAll() { heap = [] }

    mutating func popFirst() -> Event? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var next = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, next) {
                next = child
            }
            if next == parent { return first }
            heap.swapAt(next, parent)
            parent = next
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].time, heap[left].order) < (heap[right].time, heap[right].order)
    }
}
