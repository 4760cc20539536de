/// One interaction of an arrival file: who comes when, wants what, waits how long, takes how long.
public struct Arrival: Sendable, Equatable {
    /// A skill that the interaction asks for.
    public struct Skill: Sendable, Equatable {
        public var id: String
        /// 0.0 to 5.0; `nil` where the file names no level.
        public var minimumProficiency: Double?

        public init(id: String, minimumProficiency: Double? = nil) {
            self.id = id
            self.minimumProficiency = minimumProficiency
        }
    }

    /// Seconds after the start of the file.
    public var at: Double
    public var queue: String
    public var mediaType: String
    public var skills: [Skill]
    public var priority: Int
    public var patienceSeconds: Double
    public var handleSeconds: Double

    public init(
        at: Double, queue: String, mediaType: String, skills: [Skill], priority: Int, patienceSeconds: Double,
        handleSeconds: Double
    ) {
        self.at = at
        self.queue = queue
        self.mediaType = mediaType
        self.skills = skills
        self.priority = priority
        self.patienceSeconds = patienceSeconds
        self.handleSeconds = handleSeconds
    }
}
