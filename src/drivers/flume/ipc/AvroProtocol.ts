import { createHash } from 'node:crypto';

/** A protocol as its peers know it: by its text and the MD5 of that text. */
export interface AvroProtocol {
  readonly text: string;
  readonly hash: Buffer;
}

/** A protocol from its text, which has to be the very text of the peer for the hash to be the same. */
export function avroProtocol(text: string): AvroProtocol {
  return { text, hash: createHash('md5').update(text).digest() };
}

/** The licence at the top of Flume's and Spark's protocol files, which Java takes for their documentation and hashes too. */
export const LICENCE_DOC: string = [
  '* Licensed to the Apache Software Foundation (ASF) under one',
  ' * or more contributor license agreements.  See the NOTICE file',
  ' * distributed with this work for additional information',
  ' * regarding copyright ownership.  The ASF licenses this file',
  ' * to you under the Apache License, Version 2.0 (the',
  ' * "License"); you may not use this file except in compliance',
  ' * with the License.  You may obtain a copy of the License at',
  ' *',
  ' * http://www.apache.org/licenses/LICENSE-2.0',
  ' *',
  ' * Unless required by applicable law or agreed to in writing,',
  ' * software distributed under the License is distributed on an',
  ' * "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY',
  ' * KIND, either express or implied.  See the License for the',
  ' * specific language governing permissions and limitations',
  ' * under the License.',
].join('\n');
