// Written by GoldenBytesTests with REWRITE_GOLDEN=1; its comment says when that is right.
extension GoldenBytes {
    static let conversation = """
        conversation event created
          010573616c6573056e6f72746800fcffffff010178ff3201046e616d65045a6fc3ab020463617365013100000103652d
          310104736f6c640001010362656e
        conversation event ticketIssued
          02020000000573616c6573
        conversation event connected
          030263310103616e6e030000000000ceeeb540060000
        conversation event withdrawalAsked
          0401010573616c6573
        conversation event withdrawalAsked (2)
          040000
        conversation event withdrawalFailed
          05
        conversation event endWished
          0601
        conversation event withdrawn
          0702633101010300000003616e6e0000ceeeb5400600010100ceeeb54006000200ceeeb540060003
        conversation event ended
          0802
        conversation event wrapUpSet
          0902633101030104736f6c64016e00
        conversation event wrapUpSet (2)
          090263310103000001
        conversation command connected
          010263310103616e6e030000000000ceeeb540060000
        conversation command withdrawn
          02026331010100010300000003616e6e0000ceeeb5400600010100ceeeb54006000200ceeeb540060003
        conversation command tooLate
          0302633101
        conversation command wrapUpTimedOut
          040263310103000000
        conversation command create
          050573616c6573056e6f72746800fcffffff010178ff3201046e616d65045a6fc3ab020463617365013100000103652d
          310104736f6c640001010362656e
        conversation command claimKey
          0d
        conversation command end
          060103616e6e
        conversation command end (2)
          0600
        conversation command abandon
          07
        conversation command move
          0c0573616c6573
        conversation command wrapUp
          08026331010304736f6c64016e00
        conversation command view
          09
        conversation command due
          0a
        conversation command recovered
          0b05000000
        conversation reply done
          00
        conversation reply unknown
          01
        conversation reply alreadyConnected
          04
        conversation reply alreadyEnded
          05
        conversation reply notOwner
          06
        conversation reply unknownSegment
          07
        conversation reply unknownCode
          08
        conversation reply segmentOpen
          09
        conversation reply created
          020263310573616c65730000030000000107656e676c697368ffff0000000204736f6c64046c6f737401046c6f737401
          000100ceeeb540060001000000010400ceeeb540060001000002026331010103616e6e020100ceeeb5400600010200ce
          eeb5400600010300ceeeb54006000104736f6c6401016e00026331010303616e6e010000ceeeb5400600010100ceeeb5
          400600010200ceeeb540060000000001
        conversation reply created (2)
          020263310573616c65730000030000000107656e676c697368ffff0000000204736f6c64046c6f737401046c6f737401
          000100ceeeb540060001000000010400ceeeb540060001000002026331010103616e6e020100ceeeb5400600010200ce
          eeb5400600010300ceeeb54006000104736f6c6401016e00026331010303616e6e010000ceeeb5400600010100ceeeb5
          400600010200ceeeb540060000000000
        conversation reply view
          030263310573616c65730000030000000107656e676c697368ffff0000000204736f6c64046c6f737401046c6f737401
          000100ceeeb540060001000000010400ceeeb540060001000002026331010103616e6e020100ceeeb5400600010200ce
          eeb5400600010300ceeeb54006000104736f6c6401016e00026331010303616e6e010000ceeeb5400600010100ceeeb5
          400600010200ceeeb5400600000000
        state empty
          0100000000000000000000000000
        state waiting
          0101000573616c6573056e6f72746800fcffffff010178ff3201046e616d65045a6fc3ab020463617365013100000103
          652d310104736f6c640001010362656e0000ceeeb54006000180897a00
        state moving and wished to end
          01e3000573616c6573056e6f72746800fcffffff010178ff3201046e616d65045a6fc3ab020463617365013100000103
          652d310104736f6c640001010362656e0000ceeeb54006000280ade20407737570706f7274010573616c657301011901
          0303616e6e80897a80897afb887a
        state withdrawn
          0101010573616c6573056e6f72746800fcffffff010178ff3201046e616d65045a6fc3ab020463617365013100000103
          652d310104736f6c640001010362656e0000ceeeb54006000180897a0119010303616e6e80897a80897afb887a
        state transferred and connected
          0107000573616c6573056e6f72746800fcffffff010178ff3201046e616d65045a6fc3ab020463617365013100000103
          652d310104736f6c640001010362656e0000ceeeb54006000280ade20407737570706f72740362656e02037a01030361
          6e6e80897a80897afb887a04736f6c64016e13020103616e6e000a0802020362656e80b6dc0500
        state ended
          019b010573616c6573056e6f72746800fcffffff010178ff3201046e616d65045a6fc3ab020463617365013100000103
          652d310104736f6c640001010362656e0000ceeeb54006000280ade20407737570706f727480e3be0a0000037a010303
          616e6e80897a80897afb887a04736f6c64016e13020103616e6e000a9a02020362656e80b6dc050080a4e803
        """
}
