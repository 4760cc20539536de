public import Primitives

/// A skill that an interaction asks for. Levels are tenths, 0 to 50 for 0.0 to 5.0.
public struct SkillRequest: Sendable, Hashable, WireValue {
    public var skill: String
    public var minimum: UInt8?
    public var maximum: UInt8?

    public init(skill: String, minimum: UInt8? = nil, maximum: UInt8? = nil) {
        self.skill = skill
        self.minimum = minimum
        self.maximum = maximum
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(skill)
        writer.write(minimum ?? .max)
        writer.write(maximum ?? .max)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        skill = try reader.readString()
        let minimum = try reader.read(UInt8.self)
        let maximum = try reader.read(UInt8.self)
        self.minimum = minimum == .max ? nil : minimum
        self.maximum = maximum == .max ? nil : maximum
    }
}

/// A skill that an agent holds. Without a stated level it counts as 1.0, ten tenths.
public struct HeldSkill: Sendable, Hashable, WireValue {
    public var skill: String
    public var level: UInt8

    public init(skill: String, level: UInt8 = 10) {
        self.skill = skill
        self.level = level
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(skill)
        writer.write(level)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        skill = try reader.readString()
        level = try reader.read(UInt8.self)
    }
}

extension Array where Element == HeldSkill {
    /// `allSkills` of routing-semantics 3: every skill asked is held at a fitting level; a missing skill is "no".
    public func satisfies(_ requests: [SkillRequest]) -> Bool {
        requests.allSatisfy { request in
            contains { held in
                held.skill == request.skill && held.level >= request.minimum ?? 0 && held.level <= request.maximum ?? 50
            }
        }
    }
}
