import Cluster
import Primitives

/// Frames written by hand from the wire format, as another build of the product would send them.
enum WireFrames {
    /// Consecutive messages of one stream. `first` is the number of the first, from 1.
    static func stream(
        from source: ShardID, epoch: UInt64, to target: EntityID, of map: ShardMap, targetEpoch: UInt64,
        first: UInt64, _ commands: [[UInt8]]
    ) -> Frame {
        var writer = ByteWriter()
        writer.write(source.number)
        writer.write(epoch)
        writer.write(targetEpoch)
        writer.write(first)
        writer.writeCount(commands.count)
        for command in commands {
            writer.write(target)
            writer.write(CounterCommand.method)
            writer.write(bytes: command)
        }
        return Frame(.stream, shard: map.shard(of: target), payload: writer.bytes)
    }

    /// An acknowledgement as it stands in a `streamMark` frame.
    struct Mark: Equatable {
        var shard: ShardID
        var epoch: UInt64
        var senderEpoch: UInt64
        var mark: UInt64

        init(shard: ShardID, epoch: UInt64, senderEpoch: UInt64, mark: UInt64) {
            self.shard = shard
            self.epoch = epoch
            self.senderEpoch = senderEpoch
            self.mark = mark
        }

        init?(_ frame: Frame) {
            guard frame.type == .streamMark else { return nil }
            var reader = ByteReader(frame.payload)
            guard let shard = try? reader.read(UInt32.self), let epoch = try? reader.read(UInt64.self),
                let sender = try? reader.read(UInt64.self), let mark = try? reader.read(UInt64.self)
            else { return nil }
            self.init(shard: ShardID(shard), epoch: epoch, senderEpoch: sender, mark: mark)
        }

        func frame(to target: ShardID) -> Frame {
            var writer = ByteWriter()
            writer.write(shard.number)
            writer.write(epoch)
            writer.write(senderEpoch)
            writer.write(mark)
            return Frame(.streamMark, shard: target, payload: writer.bytes)
        }
    }
}
