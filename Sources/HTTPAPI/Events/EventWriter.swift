import Cluster
internal import JSONDocuments
import NIOCore
import Primitives
import Routing

/// Writes what a reader may see of the notices, as server-sent events with CloudEvents 1.0 data.
struct EventWriter {
    let cluster: String
    let sight: EventSight
    /// Everything up to here has been written or was none of this reader's.
    private(set) var position: EventPosition

    init(cluster: String, sight: EventSight, position: EventPosition) {
        self.cluster = cluster
        self.sight = sight
        self.position = position
    }

    /// The first words of a stream: how soon to come back, and where it begins.
    var opening: ByteBuffer { ByteBuffer(string: "retry: 1000\nid: \(position.text)\n: open\n\n") }

    var heartbeat: ByteBuffer { ByteBuffer(string: ": heartbeat\nid: \(position.text)\n\n") }

    /// Nothing up to there was for this reader.
    mutating func pass(_ passed: EventPosition) {
        for (shard, place) in passed.places where position.places[shard].map({ $0 < place }) ?? true {
            position.places[shard] = place
        }
    }

    /// - Returns: nil when nothing of the batch is for this reader, or it was written before.
    mutating func events(of batch: EventBatch) -> ByteBuffer? {
        let place = EventPosition.Place(epoch: batch.epoch, index: batch.index)
        if let known = position.places[batch.shard], place <= known { return nil }
        position.advance(to: batch)
        let wanted = batch.notices.enumerated().filter { sight.sees($0.element) }
        guard let last = wanted.last?.offset else { return nil }
        var buffer = ByteBuffer()
        for (number, notice) in wanted {
            // Only the batch's last event moves the reader's position: a resume repeats rather than loses.
            if number == last { buffer.writeString("id: \(position.text)\n") }
            let name = "\(batch.shard)-\(batch.epoch)-\(batch.index)-\(number)"
            write(notice.name, Self.body(notice, id: name, cluster: cluster), into: &buffer)
        }
        return buffer
    }

    /// Tells the reader that events are missing: it reads the present state and goes on from here.
    mutating func reset(to position: EventPosition) -> ByteBuffer {
        self.position = position
        return ByteBuffer(string: "id: \(position.text)\nevent: reset\ndata: {}\n\n")
    }

    /// An offer that rings already when its agent's session begins.
    func ringing(_ work: OfferedWork, _ offer: JSONValue, at now: Instant) -> ByteBuffer {
        var buffer = ByteBuffer()
        let subject = EntityID(.agent, sight.principal.subject)
        let body = Self.envelope(
            id: "open-\(work.offer.text)", cluster: cluster, name: "offer.alerting", subject: subject, time: now,
            data: offer)
        write("offer.alerting", body, into: &buffer)
        return buffer
    }

    private func write(_ name: String, _ body: JSONValue, into buffer: inout ByteBuffer) {
        buffer.writeString("event: \(Self.type(name))\ndata: ")
        buffer.writeBytes(body.encoded)
        buffer.writeString("\n\n")
    }

    private static func type(_ name: String) -> String { "com.tandem.\(name).v1" }

    private static func body(_ notice: Notice, id: String, cluster: String) -> JSONValue {
        let data = JSONValue.object(notice.fields.map { .init($0.name, value($0.value)) })
        return envelope(
            id: id, cluster: cluster, name: notice.name, subject: notice.entity, time: notice.time, data: data)
    }

    private static func envelope(
        id: String, cluster: String, name: String, subject: EntityID, time: Instant, data: JSONValue
    ) -> JSONValue {
        [
            "specversion": "1.0", "id": .text(id), "source": .text("/tandem/\(cluster)"), "type": .text(type(name)),
            "subject": .text(subject.description), "time": .time(time), "datacontenttype": "application/json",
            "data": data,
        ]
    }

    private static func value(_ field: Notice.Field) -> JSONValue {
        switch field {
        case .text(let text): .text(text)
        case .number(let number): .number(number)
        case .time(let time): .time(time)
        case .flag(let flag): .flag(flag)
        case .list(let items): .list(items.map { .text($0) })
        }
    }
}
